/**
 * One visit: what was seen, why people were told or not, and what they say of it.
 *
 * A picture is asked for when its card comes into view: whoever is shown one stands in the ledger.
 */

import { button, el, icon } from "./dom.js";

const OPINIONS = [
  ["right", "thumb-up-outline"],
  ["not_right", "thumb-down-outline"],
  ["missed", "account-question-outline"],
];
const ROLES = ["best", "trigger", "preview"];
/** Milliseconds; addresses of pictures hold a little longer. */
const FRESH = 8 * 60e3;

export class VisitCard {
  /** @param page The page, for what leads out of the card. */
  constructor(page, visit, pictures = null) {
    this._page = page;
    /** As the server tells of them; null before it was asked. */
    this.pictures = null;
    this._asked = 0;
    this._why = el("p", { className: "why", hidden: true, role: "status" });
    this.element = el("article", { className: "visit" });
    this.element.visitCard = this;
    this.update(visit, pictures);
  }

  /** Show what is known of the visit now. */
  update(visit, pictures) {
    this.visit = visit;
    if (pictures !== null) this._keep(pictures);
    const { words } = this._page;
    this.title = words.kinds(visit.kinds);
    const why = words.page("why");
    const focused = this.element.getRootNode().activeElement?.dataset?.does;
    this.element.replaceChildren(
      this._picture(),
      el("div", { className: "about" },
        el("div", { className: "title" }, el("h3", {}, this.title), ...this._tools()),
        el("p", { className: "when" }, this._when()),
        el("p", { className: "told" },
          icon(visit.told ? "bell-ring-outline" : "bell-off-outline"),
          words.page(visit.told ? "told" : "not_told"),
          button(why, null, () => this._explain(), { className: "link", "data-does": "why" })),
        this._why,
        this._opinions()));
    // Whoever uses a keyboard stays where they were.
    if (focused) this.element.querySelector(`[data-does="${focused}"]`)?.focus();
  }

  /** Ask for the pictures, unless their addresses are still good. */
  async show() {
    if (Date.now() - this._asked < FRESH) return;
    await this._page.refresh(this.visit.visit_id);
  }

  /** The name of a camera of the visit. */
  cameraName(entityId) {
    return this._page.camera(entityId)?.name ?? entityId;
  }

  /** Take new addresses only where the old ones end: each is another picture to the browser. */
  _keep(pictures) {
    const old = new Map((this.pictures ?? []).map((one) => [one.picture_id, one]));
    const isFresh = Date.now() - this._asked < FRESH;
    this.pictures = pictures.map((one) => isFresh && old.get(one.picture_id) || one);
    if (!isFresh) this._asked = Date.now();
  }

  _when() {
    const { words } = this._page;
    const { started_at: at, lasted_s: lasted, cameras } = this.visit;
    const span = lasted === null ? words.page("going_on") : words.span(lasted);
    const names = words.list(cameras.map((camera) => this.cameraName(camera)));
    return [words.time(at), names, span].join(" · ");
  }

  _picture() {
    const shown = ROLES.map((role) => this.pictures?.find((one) => one.role === role)).find(Boolean);
    if (!shown) return this._noPicture();
    const { words } = this._page;
    const name = words.page("picture_of", {
      what: this.title, camera: this.cameraName(shown.camera), time: words.time(shown.taken_at),
    });
    if (this._shown !== shown) {
      this._shown = shown;
      const onerror = () => this._frame.replaceWith(this._noPicture());
      this._image = el("img", { onerror, src: shown.url });
      const onclick = () => this._page.look(this);
      this._frame = el("button", { type: "button", className: "picture", onclick }, this._image);
    }
    this._image.alt = name;
    this._frame.setAttribute("aria-label", name);
    return this._frame;
  }

  _noPicture() {
    if (this.pictures === null) return el("div", { className: "picture" });
    const may = this.visit.cameras.some((camera) => this._page.camera(camera)?.may_see);
    const why = this._page.words.page(may ? "no_picture" : "not_for_you");
    return el("div", { className: "picture" }, icon("image-off-outline"), why);
  }

  _opinions() {
    const { words } = this._page;
    const { cameras, feedback, kinds } = this.visit;
    if (!cameras.every((camera) => this._page.camera(camera)?.may_teach)) return null;
    const onlyPeople = Object.keys(kinds).join() === "person";
    const text = (verdict) => verdict === "not_right" && onlyPeople
      ? words.shared("notification", "not_a_person") : words.shared("feedback", verdict);
    return el("div", { className: "opinions", role: "group", "aria-label": words.page("was_it") },
      ...OPINIONS.map(([verdict, iconName]) =>
        button(text(verdict), iconName, () => this._page.say(this, verdict), {
          className: "opinion",
          "aria-pressed": String(feedback === verdict),
          "data-does": verdict,
        })));
  }

  _tools() {
    const { words } = this._page;
    const cameras = this.visit.cameras.map((one) => this._page.camera(one));
    const live = cameras.map((one) => one?.live_view).find(Boolean);
    return [
      live && button(words.shared("notification", "live_view"), "cctv",
        () => this._page.live(live), { plain: true, "data-does": "live" }),
      this._page.isAdmin && button(words.page("delete"), "delete-outline",
        () => this._page.delete(this), { plain: true, "data-does": "delete" }),
    ];
  }

  async _explain() {
    this._why.hidden = !this._why.hidden;
    if (this._why.hidden) return;
    const { cameras, started_at: at } = this.visit;
    this._why.textContent = "…";
    const sentences = await Promise.all(cameras.map((one) => this._page.explain(one, at)));
    this._why.textContent = sentences.join(" ");
  }
}
