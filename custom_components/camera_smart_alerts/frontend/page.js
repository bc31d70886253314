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

/** Milliseconds. */
const RETRY_AFTER = 5e3;
/** Milliseconds: what changes seldom changes alone. */
const SOON = 300;

/** What decides on the words and the times of the page. */
const toldBy = ({ locale, config }) =>
  [locale.language, locale.time_format, config.time_zone].join();

class CameraSmartAlertsPage extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    this.server = new Server(() => this._hass);
    this.cameras = [];
    /** Seconds after which visits are forgotten. */
    this.kept = 0;
    /** Counts the starts and syncs: what an older one still waits for is for nobody. */
    this._round = 0;
    /** What ends with the page. */
    this._stops = [];
    this._unsubscribe = null;
  }

  set hass(hass) {
    const before = this._hass;
    this._hass = hass;
    this._showMenu();
    if (this.isConnected && (!before || toldBy(before) !== toldBy(hass))) this._start();
  }

  set narrow(narrow) {
    this._narrow = narrow;
    this._showMenu();
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

  /** Why people were told of a motion, or were not, as a sentence. */
  async explain(entityId, at) {
    const answer = await this.attempt(() => this.server.explain(entityId, at));
    return answer?.sentence ?? "";
  }

  /** Show the pictures of a visit. */
  async look(card) {
    await card.renew();
    if (card.pictures.length) await showPictures(this, card);
  }

  /** Show what a camera sees now. */
  live(entityId) {
    fire(this, "hass-more-info", { entityId });
  }

  /** Take in what a person says of a visit. */
  async say(card, verdict) {
    const { visit_id, cameras, feedback, told } = card.visit;
    const names = cameras.map((camera) => card.cameraName(camera));
    const wasTaught = feedback && feedback !== "right";
    if (await this._say({ verdict, visit_id }, { names, told, wasTaught })) {
      await this.refresh(visit_id);
    }
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
    if (!said) return;
    const names = [this.camera(said.entity_id)?.name ?? said.entity_id];
    await this._say({ verdict: "missed", ...said }, { names });
  }

  /** Ask, say it, and tell what became of it; returns whether it was said. */
  async _say(said, about) {
    // Asked anew each time: it may have been taken back elsewhere.
    const known = await this.attempt(() => this.server.cameras());
    if (known === null) return false;
    const { understood } = known;
    // "Right" teaches nothing. What does is asked every time.
    if (said.verdict !== "right" || !understood) {
      if (!await mayTeach(this, said.verdict, { ...about, understood })) return false;
    }
    const answer = await this.attempt(() => this.server.say({ ...said, understood: !understood }));
    if (answer === null) return false;
    const { words } = this;
    const show = () => this._lessons();
    if (said.verdict !== "right") {
      if (answer.lessons > 0) this._tell(words.page("learned"), show);
      else this._tell(words.page(`nothing_from_${said.verdict}`));
    } else if (about.wasTaught) {
      // Whoever says that it was right after all may not know that this forgets nothing.
      this._tell(words.page("still_learned"), show);
    } else {
      this._tell(words.page("noted"));
    }
    return true;
  }

  async _lessons() {
    const mine = this.cameras.filter((one) => one.may_teach);
    await showLessons(this, () => Promise.all(mine.map(async (camera) =>
      [camera, (await this.server.lessons(camera.entity_id)).lessons])));
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
    const again = () => {
      // Nobody listens any more: the connection is another one.
      this._unsubscribe = null;
      if (words) this._sync();
      else this._start();
    };
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
    await this._sync();
  }

  _stop() {
    this._round += 1;
    clearTimeout(this._next);
    this._stops.forEach((stop) => stop());
    this._stops = [];
    this._unsubscribe?.();
    this._unsubscribe = null;
  }

  /** Draw what is always there. */
  _frame() {
    const { words } = this;
    const list = this._list = new VisitList(this);
    this._stops.push(() => list.stop());
    const menu = button(words.page("menu"), "menu", () => fire(this, "hass-toggle-menu"),
      { plain: true });
    this._teaching = el("div", { className: "teaching", hidden: true },
      button(words.shared("feedback", "missed"), "account-question-outline", () => this._missed()),
      button(words.page("lessons"), "school-outline", () => this._lessons()));
    this.shadowRoot.replaceChildren(
      el("style", {}, STYLE),
      el("header", { className: "bar" },
        el("div", { className: "menu" }, menu), el("h1", {}, "Camera Smart Alerts")),
      el("main", {},
        el("div", { className: "filters" }, ...list.filters, this._teaching),
        list.days, list.end));
  }

  /** The menu is offered where there is a sidebar that is not there all the time. */
  _showMenu() {
    const { dockedSidebar, kioskMode, auth } = this._hass ?? {};
    const elsewhere = kioskMode || auth?.external?.config.hasSidebar;
    const isHidden = this._narrow || dockedSidebar === "always_hidden";
    this.toggleAttribute("menu", Boolean(isHidden && !elsewhere));
    this.toggleAttribute("narrow", Boolean(this._narrow));
  }

  /** Ask who this is and what there is now, and listen; again and again until it works. */
  async _sync() {
    const round = (this._round += 1);
    clearTimeout(this._next);
    try {
      const { cameras, retention_s: kept } = await this.server.cameras();
      if (round !== this._round) return;
      Object.assign(this, { cameras, kept });
      this._list.setCameras(cameras);
      this._teaching.hidden = !cameras.some((one) => one.may_teach);
      await this._listen();
      if (round === this._round) await this._list.catchUp();
    } catch (err) {
      if (round !== this._round) return;
      this._list.failed(err, () => this._sync());
      this._syncIn(RETRY_AFTER);
    }
  }

  _syncIn(delay) {
    clearTimeout(this._next);
    this._next = setTimeout(() => this._sync(), delay);
  }

  async _listen() {
    if (this._unsubscribe) return;
    const round = this._round;
    const stop = await this.server.subscribe(({ visit, renewed, changed }) => {
      if (visit || renewed) this.refresh((visit ?? renewed).visit_id);
      if (changed) this._syncIn(SOON);
    });
    // The page may have been left meanwhile.
    if (round === this._round) this._unsubscribe = stop;
    else stop();
  }
}

if (!customElements.get("camera-smart-alerts-page")) {
  customElements.define("camera-smart-alerts-page", CameraSmartAlertsPage);
}
