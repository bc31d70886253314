/** The visits that somebody wants to see, by day, the newest first; more as they scroll. */

import { button, el, icon } from "./dom.js";
import { VisitCard } from "./visit-card.js";
import { KINDS } from "./words.js";

export class VisitList {
  constructor(page) {
    this._page = page;
    /** Visit id to card. */
    this._cards = new Map();
    this._cursor = null;
    /** Counts how often it began anew: what an older one still waits for is for nobody. */
    this._round = 0;
    const { words } = page;
    const onchange = () => this.begin();
    this._camera = el("select", { onchange, "aria-label": words.page("camera") });
    this._kind = el("select", { onchange, "aria-label": words.page("kind") },
      el("option", { value: "" }, words.page("all_kinds")),
      ...KINDS.map((kind) => el("option", { value: kind }, words.shared("kind", kind))));
    this._day = el("input", {
      type: "date", max: words.date(), onchange, "aria-label": words.page("day"),
    });
    this.filters = [this._camera, this._kind, this._day];
    this.days = el("div", { className: "days" });
    this.end = el("div", { className: "end", role: "status" });
    this._seen = new IntersectionObserver((entries) => entries.forEach((one) =>
      one.isIntersecting && one.target.visitCard.show()), { rootMargin: "200px" });
    this._more = new IntersectionObserver(([one]) => one.isIntersecting && this._next(),
      { rootMargin: "600px" });
  }

  /** Take in which cameras there are. */
  setCameras(cameras) {
    const chosen = this._camera.value;
    this._camera.replaceChildren(
      el("option", { value: "" }, this._page.words.page("all_cameras")),
      ...cameras.map((one) => el("option", { value: one.entity_id }, one.name)));
    this._camera.value = this._page.camera(chosen) ? chosen : "";
  }

  /** Begin anew with what is wanted now. */
  async begin() {
    this.stop();
    this._cards.clear();
    this.days.replaceChildren();
    this._cursor = null;
    await this._next();
  }

  /** Wait for nothing any more. */
  stop() {
    this._round += 1;
    this._seen.disconnect();
    this._more.disconnect();
  }

  /** Ask for a visit again and show it; one that is gone leaves the list. */
  async refresh(visitId) {
    const round = this._round;
    let found;
    try {
      found = await this._page.server.visit(visitId);
    } catch (err) {
      if (round === this._round && err.translation_key === "visit_unknown") this.remove(visitId);
      return;
    }
    if (round !== this._round) return;
    if (found.visit.cameras.some((camera) => !this._page.camera(camera))) {
      await this._page.reload();
      return;
    }
    this._forget();
    const card = this._cards.get(visitId);
    if (card) card.update(found.visit, found.pictures);
    else if (this._isWanted(found.visit)) this._add(found.visit, found.pictures, "prepend");
  }

  /** Ask for all that is shown again, one after the other: some of it was destroyed. */
  async recheck() {
    const round = this._round;
    for (const visitId of [...this._cards.keys()]) {
      if (round === this._round) await this.refresh(visitId);
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
    const round = this._round;
    this._more.disconnect();
    this.say(this._page.words.page("loading"));
    let found;
    try {
      found = await this._page.server.visits(this._wanted(), this._cursor);
    } catch (err) {
      if (round === this._round) this.failed(err, () => this._next());
      return;
    }
    if (round !== this._round) return;
    for (const visit of found.visits) this._add(visit, null, "append");
    this._cursor = found.cursor;
    this._showEnd();
    if (this._cursor) this._more.observe(this.end);
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
      && (!day || this._page.words.date(visit.started_at) === day);
  }

  /** @param {"append" | "prepend"} where Among the cards of its day, and the day among the days. */
  _add(visit, pictures, where) {
    if (this._cards.has(visit.visit_id)) return;
    const card = new VisitCard(this._page, visit, pictures);
    this._cards.set(visit.visit_id, card);
    const { words } = this._page;
    const date = words.date(visit.started_at);
    let day = [...this.days.children].find((one) => one.dataset.date === date);
    if (!day) {
      day = el("section", { "data-date": date, "data-at": visit.started_at },
        el("h2"), el("div", { className: "cards" }));
      this.days[where](day);
      // What was "today" may be "yesterday" by now.
      for (const one of this.days.children) {
        one.firstElementChild.textContent = words.day(one.dataset.at);
      }
    }
    day.lastElementChild[where](card.element);
    this._seen.observe(card.element);
    if (where === "prepend") this._showEnd();
  }

  /** Show no longer what the home has forgotten: a page may be open for weeks. */
  _forget() {
    const before = Date.now() - 1000 * this._page.kept;
    for (const { visit } of this._cards.values()) {
      const ended = Date.parse(visit.started_at) + 1000 * (visit.lasted_s ?? 0);
      if (ended < before) this.remove(visit.visit_id);
    }
  }

  _showEnd() {
    if (this._cursor) return;
    const { cameras, kept, words } = this._page;
    const isFiltered = Object.keys(this._wanted()).length > 0;
    if (!cameras.length) this.say(words.page("no_cameras"), "cctv-off");
    else if (this._cards.size) this.say(words.page("forgotten_after", { span: words.long(kept) }));
    else this.say(words.page(isFiltered ? "nothing_found" : "nothing_yet"), "sleep");
  }
}
