/**
 * Texts in the language of the person, times in the time zone of the home: what is shown happened
 * there, wherever somebody looks at it from.
 */

export const DOMAIN = "camera_smart_alerts";
export const KINDS = ["person", "animal", "vehicle"];

const CATEGORIES = ["config_panel", "selector", "exceptions"];

export class Words {
  /**
   * Load the texts of the language that is set now.
   *
   * Not by the frontend's own way: what was on its way when the connection broke counts as loaded
   * there. A region reads the texts of its language, as there are none of regions.
   */
  static async load(hass) {
    const [language] = hass.locale.language.split("-");
    const texts = await Promise.all(CATEGORIES.map((category) => hass.callWS({
      type: "frontend/get_translations", language, category, integration: [DOMAIN],
    })));
    return new Words(hass, Object.assign({}, ...texts.map((one) => one.resources)));
  }

  constructor(hass, texts) {
    const { language, time_format: format } = hass.locale;
    this.language = language;
    this._texts = texts;
    const zone = { timeZone: hass.config.time_zone };
    const hour12 = { 12: { hour12: true }, 24: { hourCycle: "h23" } }[format] ?? {};
    // What the system prefers is what a browser does without a language.
    const locale = format === "system" ? undefined : language;
    this._time = new Intl.DateTimeFormat(locale, {
      ...zone, ...hour12, hour: "numeric", minute: "2-digit",
    });
    this._day = new Intl.DateTimeFormat(language, {
      ...zone, weekday: "long", day: "numeric", month: "long",
    });
    // Swedes write dates as ISO 8601 does.
    this._iso = new Intl.DateTimeFormat("sv-SE", {
      ...zone, dateStyle: "short", timeStyle: "short",
    });
    this._relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
    this._list = new Intl.ListFormat(language, { type: "conjunction" });
  }

  /** A text of the page. */
  page(key, values) {
    return this._fill(`component.${DOMAIN}.config_panel.page.${key}`, values);
  }

  /** A text that other parts of the integration use, too. */
  shared(group, key, values) {
    return this._fill(`component.${DOMAIN}.selector.${group}.options.${key}`, values);
  }

  /** What went wrong, as well as it can be said. */
  error(err) {
    const { translation_domain: domain, translation_key: key } = err;
    const values = err.translation_placeholders;
    const known = key && this._fill(`component.${domain}.exceptions.${key}.message`, values);
    if (err.code === "unauthorized") return this.page("not_allowed");
    // Home Assistant's own library throws numbers: the connection is gone.
    return known || err.message || this.page("no_answer");
  }

  /** "2 people and 1 vehicle". */
  kinds(kinds) {
    const parts = KINDS.filter((kind) => kinds[kind]).map((kind) =>
      this._count(kinds[kind], kind, `${kind}_many`));
    return parts.length ? this.list(parts) : this.shared("notification", "motion");
  }

  list(parts) {
    return this._list.format(parts);
  }

  time(iso) {
    return this._time.format(new Date(iso));
  }

  /** "Today", "Yesterday", "Friday, 20 November". */
  day(iso) {
    const days = Math.round((Date.parse(this.date(iso)) - Date.parse(this.date())) / 86400e3);
    const text = days > -2 && days < 1 ? this._relative.format(days, "day")
      : this._day.format(new Date(iso));
    return text.charAt(0).toLocaleUpperCase(this.language) + text.slice(1);
  }

  /** The day in the home, as fields for dates have it. */
  date(iso = Date.now()) {
    return this.minute(iso).slice(0, 10);
  }

  /** The minute in the home, as fields for times have it. */
  minute(iso = Date.now()) {
    return this._iso.format(new Date(iso)).replace(" ", "T");
  }

  /** "40 s", "3 min", "2 h". */
  span(seconds) {
    const [count, unit] = seconds < 60 ? [seconds, "seconds"]
      : seconds < 3600 ? [seconds / 60, "minutes"] : [seconds / 3600, "hours"];
    return this.shared("what", unit, { count: Math.round(count) });
  }

  /** "7 days", "36 hours". */
  long(seconds) {
    const hours = Math.round(seconds / 3600);
    const [count, unit] = hours % 24 ? [hours, "hour"] : [hours / 24, "day"];
    const style = { style: "unit", unit, unitDisplay: "long" };
    return new Intl.NumberFormat(this.language, style).format(count);
  }

  _fill(key, values = {}) {
    return this._texts[key]?.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  _count(count, one, many) {
    return this.shared("what", count > 1 ? many : one, { count });
  }
}
