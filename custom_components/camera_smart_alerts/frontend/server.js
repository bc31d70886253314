/** The commands of the integration, as one asks them here. */

import { DOMAIN } from "./words.js";

export class Server {
  /** @param {() => object} hass Returns the `hass` of this moment. */
  constructor(hass) {
    this._hass = hass;
  }

  /** Who may see and teach which camera. */
  cameras() {
    return this._ask("cameras");
  }

  /** A page of visits, the newest first. */
  visits(wanted, cursor) {
    return this._ask("visits/list", { ...wanted, ...(cursor && { cursor }), limit: 24 });
  }

  /** A visit and the addresses of its pictures, which hold for ten minutes. */
  visit(visit_id) {
    return this._ask("visits/get", { visit_id });
  }

  delete(visit_id) {
    return this._ask("visits/delete", { visit_id });
  }

  say(said) {
    return this._ask("feedback", said);
  }

  lessons(entity_id) {
    return this._ask("feedback/list", { entity_id });
  }

  /** Take back one lesson of a camera, or all of them. */
  forget(entity_id, lesson_id) {
    return this._ask("feedback/forget", { entity_id, ...(lesson_id && { lesson_id }) });
  }

  /** Why people were told of the motion nearest to a time, or were not. */
  explain(entity_id, at) {
    return this._ask("explain", { entity_id, at });
  }

  /** Hear of visits as they happen, as long as the connection lasts; returns how to stop. */
  subscribe(listener) {
    const message = { type: `${DOMAIN}/subscribe` };
    return this._hass().connection.subscribeMessage(listener, message, { resubscribe: false });
  }

  _ask(command, data = {}) {
    return this._hass().callWS({ type: `${DOMAIN}/${command}`, ...data });
  }
}
