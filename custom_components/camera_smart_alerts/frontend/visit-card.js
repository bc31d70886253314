/**
 * One visit: what was seen, why people were told or not, and what they say of it.
 *
 * A picture is loaded when its card is in view, and not before: whoever is shown one stands in the
 * ledger.
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
  constructor(page, visit) {
    this._page = page;
    /** As the server tells of them; null before it was asked. */
    this.pictures = null;
    /** When the server was asked for them. */
    this._asked = 0;
    /** Whether it is on the screen, as far as the list knows. */
    this._inView = false;
    /** The picture that is shown, and its elements. */
    this._shown = this._frame = this._image = null;
    this._mayTryAgain = true;
    this._why = el("p", { className: "why", hidden: true, role: "status" });
    this.element = el("article", { className: "visit" });
    this.element.visitCard = this;
    this.update(visit);
  }

  /** Show what is known of the visit now; without pictures, those are as before. */
  update(visit, pictures = null) {
    this.visit = visit;
    if (pictures !== null) this._keep(pictures);
    const { words } = this._page;
    this.title = words.kinds(visit.kinds);
    const why = words.page("why");
    const active = this.element.getRootNode().activeElement;
    const focused = this.element.contains(active) && active.dataset.does;
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
    const again = focused && this.element.querySelector(`[data-does="${focused}"]`);
    if (again) again.focus({ preventScroll: true });
  }

  /** Take in whether the card is in view. */
  view(inView) {
    this._inView = inView;
    if (inView) this.show();
  }

  /** Load the picture, if it is not there and somebody looks. */
  async show() {
    const wanted = this._wanted();
    const isThere = this.pictures && wanted?.picture_id === this._shown?.picture_id;
    if (isThere || !this._isLookedAt) return;
    if (this._isFresh) this.update(this.visit);
    else await this.renew();
  }

  /** Have addresses of the pictures that are still good. */
  async renew() {
    if (!this._isFresh) await this._page.refresh(this.visit.visit_id);
  }

  /** Say that the visit could not be asked for. */
  fail(text) {
    if (this.pictures === null) this._replacePicture(this._failed(text));
  }

  /** The name of a camera of the visit. */
  cameraName(entityId) {
    return this._page.camera(entityId)?.name ?? entityId;
  }

  get _isLookedAt() {
    return this._inView && document.visibilityState === "visible";
  }

  get _isFresh() {
    return Date.now() - this._asked < FRESH;
  }

  /** Take new addresses only where the old ones end: each is another picture to the browser. */
  _keep(pictures) {
    const old = new Map((this.pictures ?? []).map((one) => [one.picture_id, one]));
    const isFresh = this._isFresh;
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

  _wanted() {
    return ROLES.map((role) => this.pictures?.find((one) => one.role === role)).find(Boolean);
  }

  _picture() {
    const wanted = this._wanted();
    const isThere = (one) => one.picture_id === this._shown?.picture_id;
    if (wanted && !isThere(wanted) && this._isLookedAt) this._draw(wanted);
    else if (!this.pictures?.some(isThere)) this._shown = null;
    if (this._shown) {
      const { words } = this._page;
      const { camera, taken_at: at } = this._shown;
      const name = words.page("picture_of", {
        what: this.title, camera: this.cameraName(camera), time: words.time(at),
      });
      this._image.alt = name;
      this._frame.setAttribute("aria-label", name);
      return this._frame;
    }
    if (wanted || this.pictures === null) return el("div", { className: "picture" });
    const may = this.visit.cameras.some((camera) => this._page.camera(camera)?.may_see);
    return this._noPicture(this._page.words.page(may ? "no_picture" : "not_for_you"));
  }

  _draw(picture) {
    this._shown = picture;
    this._image = el("img", {
      onload: () => { this._mayTryAgain = true; },
      onerror: () => this._lost(),
      src: picture.url,
    });
    const onclick = () => this._page.look(this);
    this._frame = el("button", {
      type: "button", className: "picture", onclick, "data-does": "look",
    }, this._image);
  }

  /** Try a picture that did not load once more: it may be gone, or its address has ended. */
  async _lost() {
    this._shown = null;
    if (this._mayTryAgain) {
      this._mayTryAgain = false;
      await this._again();
    } else {
      this._replacePicture(this._failed(this._page.words.page("picture_failed")));
    }
  }

  async _again() {
    this._asked = 0;
    await this._page.refresh(this.visit.visit_id);
  }

  _replacePicture(by) {
    this.element.firstElementChild.replaceWith(by);
  }

  _noPicture(...said) {
    return el("div", { className: "picture" }, icon("image-off-outline"), ...said);
  }

  _failed(text) {
    const again = button(this._page.words.page("try_again"), "refresh", () => this._again());
    return this._noPicture(el("span", {}, text), again);
  }

  _opinions() {
    const { words } = this._page;
    const { feedback, kinds, may_teach: mayTeach } = this.visit;
    if (!mayTeach) return null;
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
