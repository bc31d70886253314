/**
 * Elements without a framework: the page has to work with whatever Home Assistant's frontend ships.
 * What comes from a camera or a person becomes text, never markup.
 */

/**
 * Make an element.
 *
 * @param {string} tag
 * @param {object} properties `on...` is a listener; what the element lacks becomes an attribute.
 * @param {...(Node | string | null | false | undefined)} children What is not there is left out.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

/** Make an icon of Home Assistant's own. */
export function icon(name) {
  return el("ha-icon", { icon: `mdi:${name}`, "aria-hidden": "true" });
}

/** Make a button with an icon and, unless it is only a label for screen readers, a text. */
export function button(text, iconName, onclick, { plain = false, ...properties } = {}) {
  const named = plain ? { "aria-label": text, title: text, className: "plain" } : {};
  return el(
    "button",
    { type: "button", onclick, ...named, ...properties },
    iconName && icon(iconName),
    !plain && el("span", {}, text),
  );
}

/** Send an event that Home Assistant's frontend understands. */
export function fire(element, type, detail = {}) {
  element.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
}
