/** What opens over the page: questions, pictures, what was missed, what was learned. */

import { button, el, icon } from "./dom.js";

/** Open a dialog; it ends with what closed it, or null. */
function open(page, title, content, actions) {
  return new Promise((resolve) => {
    const onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue || null);
    };
    const dialog = el("dialog", { "aria-label": title, onclose },
      // All of it, so that a tap on the dialog itself is one beside it.
      el("div", { className: "content" },
        el("header", {}, el("h2", {}, title),
          button(page.words.page("close"), "close", () => dialog.close(), { plain: true })),
        ...content,
        actions.length > 0 && el("footer", {}, ...actions.map(([text, value, className]) =>
          button(text, null, () => dialog.close(value), { className })))));
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    page.shadowRoot.append(dialog);
    dialog.showModal();
  });
}

/** Ask something; returns whether the answer is yes. */
export async function confirm(page, title, texts, yes, className = "yes") {
  const paragraphs = texts.map((text) => el("p", {}, text));
  const answers = [[page.words.page("cancel"), "", ""], [yes, "yes", className]];
  return await open(page, title, paragraphs, answers) === "yes";
}

/**
 * Ask before a camera is taught: all of it the first time, in short every time.
 *
 * @param {object} about `names` of the cameras; `told`, whether there was an alert that is taken
 *   back; `understood`, whether this person knows what becomes of feedback.
 */
export function mayTeach(page, verdict, { names, told, understood }) {
  const { words } = page;
  const byOne = verdict === "missed" && names.length > 1;
  const cameras = words.list(names);
  const texts = [
    words.page(byOne ? "ask_missed_by_one" : `ask_${verdict}`, { cameras }),
    ...(verdict === "not_right" && told ? [words.page("is_taken_back")] : []),
    ...(understood ? [words.page("kept_in_short")]
      : [words.page("explained"), words.page("take_back")]),
  ];
  return confirm(page, words.page(`${verdict}_title`), texts, words.page(`yes_${verdict}`));
}

/** Show the pictures of a visit, large. */
export function showPictures(page, card) {
  const { words } = page;
  const onerror = () => { caption.textContent = words.page("picture_failed"); };
  const picture = el("img", { className: "large", onerror });
  const caption = el("p", { className: "when" });
  const choose = ({ currentTarget: chosen }) => {
    const { name, one } = chosen;
    picture.src = one.url;
    picture.alt = name;
    caption.textContent = `${name} · ${words.time(one.taken_at)}`;
    for (const choice of choices) choice.setAttribute("aria-pressed", String(choice === chosen));
  };
  const choices = card.pictures.map((one) => {
    const name = `${card.cameraName(one.camera)} · ${words.shared("role", one.role)}`;
    return Object.assign(button(name, null, choose), { name, one });
  });
  choices[Math.max(0, card.pictures.findIndex((one) => one.role === "best"))].click();
  const chooser = el("div", { className: "choices", hidden: choices.length < 2 }, ...choices);
  return open(page, card.title, [picture, caption, chooser], []);
}

/** Ask which camera missed somebody, and when; returns both, or null. */
export async function askMissed(page) {
  const { words } = page;
  const cameras = page.cameras.filter((one) => one.may_teach);
  const camera = el("select", {}, ...cameras.map((one) =>
    el("option", { value: one.entity_id }, one.name)));
  const now = words.minute();
  const at = el("input", { type: "datetime-local", max: now, value: now });
  const happened = el("p", { className: "why", role: "status" });
  let asked = 0;
  const explain = async () => {
    const mine = (asked += 1);
    const sentence = at.value ? await page.explain(camera.value, at.value) : "";
    if (mine === asked) happened.textContent = sentence;
  };
  camera.onchange = at.onchange = explain;
  explain();
  const content = [
    el("label", {}, words.page("camera"), camera),
    el("label", {}, words.page("about_when"), at),
    happened,
  ];
  const missed = words.shared("feedback", "missed");
  const actions = [[words.page("cancel"), "", ""], [missed, "yes", "yes"]];
  const answer = await open(page, words.page("missed_title"), content, actions);
  if (answer !== "yes") return null;
  return { entity_id: camera.value, ...(at.value && { at: at.value }) };
}

/** Show what the cameras were taught, and take it back. */
export function showLessons(page, lessonsOf) {
  const { words } = page;
  const body = el("div", { className: "lessons" });
  const forget = async (camera, lesson_id) => {
    await page.attempt(() => page.server.forget(camera.entity_id, lesson_id));
    await fill();
  };
  const lesson = (camera, one) => el("li", {},
    el("span", {}, [
      words.page(`learned_${one.verdict}`, { kind: words.shared("kind", one.kind) }),
      `${words.day(one.learned_at)}, ${words.time(one.learned_at)}`,
    ].join(" · ")),
    button(words.page("forget"), "delete-outline", () => forget(camera, one.lesson_id),
      { plain: true }));
  const section = ([camera, lessons]) => el("section", {},
    el("h3", {}, camera.name),
    el("ul", {}, ...lessons.map((one) => lesson(camera, one))),
    button(words.page("forget_all"), null, () => forget(camera), { className: "link" }));
  const note = (...said) => body.replaceChildren(el("p", { className: "empty" }, ...said));
  const fill = async () => {
    let lessons;
    try {
      lessons = await lessonsOf();
    } catch (err) {
      note(icon("alert-circle-outline"), words.error(err),
        button(words.page("try_again"), "refresh", fill));
      return;
    }
    const taught = lessons.filter(([, some]) => some.length > 0);
    if (taught.length > 0) body.replaceChildren(...taught.map(section));
    else note(icon("school-outline"), words.page("nothing_learned"));
  };
  fill();
  return open(page, words.page("lessons"), [el("p", {}, words.page("lessons_about")), body], []);
}
