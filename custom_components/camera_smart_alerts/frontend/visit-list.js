/** The visits that somebody wants to see, by day, the newest first; more as they scroll. */

import { button, el, icon } from "./dom.js";
import { VisitCard } from "./visit-card.js";
import { KINDS } from "./words.js";

/** Pages that are asked for to catch up; more is to begin anew. */
const MOST_PAGES = 5;

/** When a visit was last seen, in milliseconds: days and pages go by that. */
const lastSeen = ({ started_at: at, lasted_s: lasted }) =>
  lasted === null ? Infinity : Date.parse(at) + 1000 * lasted;
const seenBy = (visit) => Math.min(lastSeen(visit), Date.now());
const isOlder = (one, other) => lastSeen(one) < lastSeen(other)
  || (lastSeen(one) === lastSeen(other) && one.started_at < other.started_at);

/** Errors that say that a visit is not, or no longer, for whoever asks. */
const isGone = (err) => err.translation_key === "visit_unknown" || err.code === "unauthorized";

export class VisitList {
  constructor(page) {
    this._page = page;
    /** Visit id to card. */
    this._cards = new Map();
    this._cursor = null;
    /** Whether the next page is asked for. */
    this._isLoading = false;
    /** Counts the catching up: a newer one takes the place of an older one. */
    this._catching = 0;
    /** Counts how often it began anew: what an older one still waits for is for nobody. */
    this._round = 0;
    const { words } = page;
    const onchange = () => this.begin();
    this._camera = el("select", { onchange, "aria-label": words.page("camera") });
    this._kind = el("select", { onchange, "aria-label": words.page("kind") },
      el("option", { value: "" }, words.page("all_kinds")),
      ...KINDS.map((kind) => el("option", { value: kind }, words.shared("kind", kind))));
    this._day = el("input", {
      type: "date", onchange, onfocus: () => this._today(), "aria-label": words.page("day"),
    });
    this.filters = [this._camera, this._kind, this._day];
    this.days = el("div", { className: "days" });
    this.end = el("div", { className: "end", role: "status" });
    this._seen = new IntersectionObserver((entries) => entries.forEach((one) =>
      one.target.visitCard.view(one.isIntersecting)));
    this._more = new IntersectionObserver((entries) =>
      entries.at(-1).isIntersecting && this._next(), { rootMargin: "600px" });
    this._look = () => this._lookedAt();
    document.addEventListener("visibilitychange", this._look);
    this._today();
  }

  /** Take in which cameras there are. */
  setCameras(cameras) {
    const chosen = this._camera.value;
    this._camera.replaceChildren(
      el("option", { value: "" }, this._page.words.page("all_cameras")),
      ...cameras.map((one) => el("option", { value: one.entity_id }, one.name)));
    const isThere = !chosen || this._page.camera(chosen);
    this._camera.value = isThere ? chosen : "";
    // What was wanted is wanted no more.
    if (!isThere) this._cards.clear();
  }

  /** Begin anew with what is wanted now. */
  async begin() {
    this._round += 1;
    this._seen.disconnect();
    this._cards.clear();
    this.days.replaceChildren();
    this._cursor = null;
    this._isLoading = false;
    await this._next();
  }

  /** Wait for nothing any more. */
  stop() {
    this._round += 1;
    this._seen.disconnect();
    this._more.disconnect();
    document.removeEventListener("visibilitychange", this._look);
  }

  /** Take in what happened meanwhile, and stay where somebody has scrolled to. */
  async catchUp() {
    const mine = (this._catching += 1);
    const round = this._round;
    const isOver = () => mine !== this._catching || round !== this._round;
    const before = [...this._cards.keys()];
    if (!await this._catchUpWithNew(isOver)) {
      if (!isOver()) await this.begin();
      return;
    }
    for (const visitId of before) {
      // One after the other: there may be many.
      if (isOver()) return;
      await this.refresh(visitId);
    }
    this._showEnd();
  }

  /** Add what is new, page by page until there is nothing new; false where that is too much. */
  async _catchUpWithNew(isOver) {
    let cursor = null;
    for (let pages = 0; this._cards.size && pages < MOST_PAGES; pages += 1) {
      const found = await this._page.server.visits(this._wanted(), cursor);
      if (isOver()) return true;
      const isNew = found.visits.some((visit) => !this._cards.has(visit.visit_id));
      found.visits.forEach((visit) => this._add(visit));
      cursor = found.cursor;
      if (!cursor) this._cursor = null;
      if (!cursor || !isNew) return true;
    }
    return false;
  }

  /** Ask for a visit again and show it; one that is gone leaves the list. */
  async refresh(visitId) {
    const round = this._round;
    let found;
    try {
      found = await this._page.server.visit(visitId);
    } catch (err) {
      if (round !== this._round) return;
      if (isGone(err)) this.remove(visitId);
      else this._cards.get(visitId)?.fail(this._page.words.error(err));
      return;
    }
    if (round !== this._round) return;
    this._forget();
    if (this._cards.has(visitId) || this._isWanted(found.visit)) {
      this._add(found.visit).update(found.visit, found.pictures);
      this._showEnd();
    }
  }

  remove(visitId) {
    const card = this._cards.get(visitId);
    if (!card) return;
    this._cards.delete(visitId);
    const day = card.element.closest("section");
    card.element.remove();
    if (!day.lastElementChild.children.length) day.remove();
    this._showEnd();
  }

  /** Say something below the visits, for instance why there are none. */
  say(text, iconName, ...more) {
    this.end.replaceChildren(...(iconName ? [icon(iconName)] : []), text, ...more);
  }

  /** Say what went wrong, and offer to try again. */
  failed(err, again) {
    const { words } = this._page;
    const retry = button(words.page("try_again"), "refresh", again);
    this.say(words.error(err), "alert-circle-outline", retry);
  }

  /** Add the next page of visits. */
  async _next() {
    if (this._isLoading) return;
    const round = this._round;
    this._isLoading = true;
    this.say(this._page.words.page("loading"));
    try {
      const found = await this._page.server.visits(this._wanted(), this._cursor);
      if (round !== this._round) return;
      this._isLoading = false;
      found.visits.forEach((visit) => this._add(visit));
      this._cursor = found.cursor;
      this._showEnd();
    } catch (err) {
      if (round !== this._round) return;
      this._isLoading = false;
      this._more.disconnect();
      this.failed(err, () => this._next());
    }
  }

  _wanted() {
    const [camera, kind, day] = this.filters.map((field) => field.value);
    return {
      ...(camera && { camera }),
      ...(kind && { kind }),
      // Without a zone: of the home.
      ...(day && { after: `${day}T00:00:00`, before: `${day}T23:59:59.999` }),
    };
  }

  _isWanted(visit) {
    const [camera, kind, day] = this.filters.map((field) => field.value);
    return (!camera || visit.cameras.includes(camera)) && (!kind || visit.kinds[kind] > 0)
      && (!day || this._page.words.date(seenBy(visit)) === day);
  }

  /** Return the card of a visit; a new one goes where it belongs. */
  _add(visit) {
    const known = this._cards.get(visit.visit_id);
    if (known) return known;
    const card = new VisitCard(this._page, visit);
    this._cards.set(visit.visit_id, card);
    const at = seenBy(visit);
    const date = this._page.words.date(at);
    const days = [...this.days.children];
    let day = days.find((one) => one.dataset.date === date);
    if (!day) {
      day = el("section", { "data-date": date, "data-at": new Date(at).toISOString() },
        el("h2"), el("div", { className: "cards" }));
      this.days.insertBefore(day, days.find((one) => one.dataset.date < date) ?? null);
      this._nameDays();
    }
    const cards = day.lastElementChild;
    const older = [...cards.children].find(({ visitCard: one }) => isOlder(one.visit, visit));
    cards.insertBefore(card.element, older ?? null);
    this._seen.observe(card.element);
    return card;
  }

  _nameDays() {
    for (const day of this.days.children) {
      day.firstElementChild.textContent = this._page.words.day(day.dataset.at);
    }
  }

  _today() {
    this._day.max = this._page.words.date();
  }

  /** Show what nobody looked at until now. */
  _lookedAt() {
    // What was "today" may be "yesterday" by now.
    this._nameDays();
    for (const card of this._cards.values()) card.show();
  }

  /** Show no longer what the home has forgotten: a page may be open for weeks. */
  _forget() {
    const before = Date.now() - 1000 * this._page.kept;
    for (const { visit } of [...this._cards.values()]) {
      if (lastSeen(visit) < before) this.remove(visit.visit_id);
    }
    this._nameDays();
  }

  _showEnd() {
    if (this._isLoading) return;
    this._more.disconnect();
    if (this._cursor) {
      // There is more, which comes when somebody gets that far.
      this.say("");
      this._more.observe(this.end);
      return;
    }
    const { cameras, kept, words } = this._page;
    const isFiltered = Object.keys(this._wanted()).length > 0;
    if (!cameras.length) this.say(words.page("no_cameras"), "cctv-off");
    else if (this._cards.size) this.say(words.page("forgotten_after", { span: words.long(kept) }));
    else this.say(words.page(isFiltered ? "nothing_found" : "nothing_yet"), "sleep");
  }
}
