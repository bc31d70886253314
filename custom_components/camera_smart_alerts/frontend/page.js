/**
 * The page: visits of all cameras as they happen, and what people say of them.
 *
 * Home Assistant's frontend sets `hass` anew with every state that changes, so that setter does as
 * good as nothing. No picture and no text is loaded from anywhere but this Home Assistant.
 */

import { askMissed, confirm, mayTeach, showLessons, showPictures } from "./dialogs.js";
import { button, el, fire } from "./dom.js";
import { Server } from "./server.js";
import { STYLE } from "./style.js";
import { VisitList } from "./visit-list.js";
import { Words } from "./words.js";

class CameraSmartAlertsPage extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    this.server = new Server(() => this._hass);
    this.cameras = [];
    /** Whether this person knows what becomes of feedback. */
    this.understood = false;
    /** Seconds after which visits are forgotten. */
    this.kept = 0;
    /** Counts the starts: what an older one still waits for is for nobody. */
    this._round = 0;
    this._load = this._load.bind(this);
  }

  set hass(hass) {
    const before = this._hass;
    this._hass = hass;
    if (this.isConnected && before?.locale.language !== hass.locale.language) this._start();
  }

  set narrow(narrow) {
    this.toggleAttribute("narrow", narrow);
  }

  get isAdmin() {
    return this._hass.user.is_admin;
  }

  connectedCallback() {
    if (this._hass) this._start();
  }

  disconnectedCallback() {
    this._stop();
  }

  /** The camera with an entity id, if it is one of this person's. */
  camera(entityId) {
    return this.cameras.find((one) => one.entity_id === entityId);
  }

  /** Do something with the server; say what went wrong, and return null then. */
  async attempt(act) {
    try {
      return await act();
    } catch (err) {
      this._tell(this.words.error(err));
      return null;
    }
  }

  /** Show what is known of a visit now. */
  refresh(visitId) {
    return this._list.refresh(visitId);
  }

  /** Take in that there is a camera that was not there before. */
  reload() {
    return this._load();
  }

  /** Why people were told of a motion, or were not, as a sentence. */
  async explain(entityId, at) {
    const answer = await this.attempt(() => this.server.explain(entityId, at));
    return answer?.sentence ?? "";
  }

  /** Show the pictures of a visit. */
  async look(card) {
    await card.show();
    if (card.pictures?.length) await showPictures(this, card);
  }

  /** Show what a camera sees now. */
  live(entityId) {
    fire(this, "hass-more-info", { entityId });
  }

  /** Take in what a person says of a visit. */
  async say(card, verdict) {
    const { visit_id, cameras } = card.visit;
    const names = cameras.map((camera) => card.cameraName(camera));
    if (await this._say({ verdict, visit_id }, names)) await this.refresh(visit_id);
  }

  /** Destroy a visit, once that was confirmed. */
  async delete(card) {
    const { words } = this;
    const { visit_id } = card.visit;
    const texts = [words.page("delete_about")];
    if (!await confirm(this, words.page("delete_title"), texts, words.page("delete"), "danger")) {
      return;
    }
    const receipt = await this.attempt(() => this.server.delete(visit_id));
    if (receipt === null) return;
    this._list.remove(visit_id);
    const { pictures, keys } = receipt;
    this._tell(words.page("deleted", { pictures, keys }));
  }

  async _missed() {
    const said = await askMissed(this);
    if (said) await this._say({ verdict: "missed", ...said }, [this.camera(said.entity_id).name]);
  }

  /** Ask, say it, and tell what became of it; returns whether it was said. */
  async _say(said, names) {
    // "Right" teaches nothing. What does is asked every time.
    const asks = said.verdict !== "right" || !this.understood;
    if (asks && !await mayTeach(this, said.verdict, names)) return false;
    const answer = await this.attempt(() => this.server.say({ ...said, understood: asks }));
    if (answer === null) return false;
    this.understood = true;
    if (said.verdict === "right") this._tell(this.words.page("noted"));
    else if (answer.lessons > 0) this._tell(this.words.page("learned"), () => this._lessons());
    else this._tell(this.words.page(`nothing_from_${said.verdict}`));
    return true;
  }

  async _lessons() {
    const mine = this.cameras.filter((one) => one.may_teach);
    const of = async (one) => (await this.attempt(() => this.server.lessons(one.entity_id)))?.lessons;
    await showLessons(this, () => Promise.all(mine.map(async (one) => [one, await of(one) ?? []])));
    // Whoever took all of it back is told anew before the next.
    const known = await this.attempt(() => this.server.cameras());
    if (known) this.understood = known.understood;
  }

  _tell(message, onClick) {
    const action = onClick && { text: this.words.page("show"), action: onClick };
    fire(this, "hass-notification", { message, action, duration: 6000 });
  }

  async _start() {
    this._stop();
    const round = this._round;
    const { connection } = this._hass;
    let words = null;
    // What happened while the connection was gone is read again.
    const again = () => words ? this._load() : this._start();
    connection.addEventListener("ready", again);
    this._stops.push(() => connection.removeEventListener("ready", again));
    try {
      words = await Words.load(this._hass);
    } catch {
      // The connection is gone, which Home Assistant's frontend says itself.
      return;
    }
    if (round !== this._round) return;
    this.words = words;
    this._frame();
    await this._load();
  }

  _stop() {
    this._round += 1;
    this._stops?.forEach((stop) => stop());
    this._stops = [];
    this._list?.stop();
    this._listens = false;
  }

  /** Draw what is always there. */
  _frame() {
    const { words } = this;
    const menu = button(words.page("menu"), "menu", () => fire(this, "hass-toggle-menu"),
      { plain: true });
    this._list = new VisitList(this);
    this._teaching = el("div", { className: "teaching", hidden: true },
      button(words.shared("feedback", "missed"), "account-question-outline", () => this._missed()),
      button(words.page("lessons"), "school-outline", () => this._lessons()));
    this.shadowRoot.replaceChildren(
      el("style", {}, STYLE),
      el("header", { className: "bar" },
        el("div", { className: "menu" }, menu), el("h1", {}, "Camera Smart Alerts")),
      el("main", {},
        el("div", { className: "filters" }, ...this._list.filters, this._teaching),
        this._list.days, this._list.end));
  }

  /** Ask who this is, listen, and begin the list. */
  async _load() {
    const round = this._round;
    this._list.say(this.words.page("loading"));
    try {
      const { cameras, understood, retention_s: kept } = await this.server.cameras();
      if (round !== this._round) return;
      Object.assign(this, { cameras, understood, kept });
      if (!this._listens) await this._listen();
    } catch (err) {
      if (round === this._round) this._list.failed(err, this._load);
      return;
    }
    if (round !== this._round) return;
    this._list.setCameras(this.cameras);
    this._teaching.hidden = !this.cameras.some((one) => one.may_teach);
    await this._list.begin();
  }

  async _listen() {
    const stops = this._stops;
    this._listens = true;
    try {
      const unsubscribe = await this.server.subscribe(({ visit, picture, deleted }) => {
        if (visit || picture) this.refresh((visit ?? picture).visit_id);
        if (deleted) this._list.recheck();
      });
      // The page may have been left meanwhile.
      if (stops === this._stops) stops.push(unsubscribe);
      else unsubscribe();
    } catch (err) {
      this._listens = false;
      throw err;
    }
  }
}

if (!customElements.get("camera-smart-alerts-page")) {
  customElements.define("camera-smart-alerts-page", CameraSmartAlertsPage);
}
