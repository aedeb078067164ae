// Building nodes without markup: whatever a message says becomes a text node, never HTML.

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "readOnly", "className", "htmlFor", "textContent", "hidden"]);
const stamps = new WeakMap();
let counter = 0;

/** One element; `onX` are listeners, `dataset` is copied, falsy attributes are left out. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (PROPERTIES.has(name)) node[name] = value;
    else if (value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An id no other element of this page has. */
export const uid = (prefix) => `${prefix}-${++counter}`;

/** Text for screen readers alone. */
export const unseen = (text) => h("span", { className: "unseen" }, text);

const ICONS = {
  menu: "M3 6h18M3 12h18M3 18h18",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  reply: "M10 8L5 13l5 5M5 13h9a5 5 0 0 0 5-5V6",
  send: "M4 12l16-7-6 15-3-6z",
  attach: "M20 11l-8 8a5 5 0 0 1-7-7l9-9a3.3 3.3 0 0 1 5 5l-9 9a1.7 1.7 0 0 1-2.5-2.5l8-8",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  room: "M4 5h16v11H9l-5 4z",
  home: "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
  more: "M4.5 12a1.5 1 0 1 0 3 0 1.5 1 0 1 0-3 0M10.5 12a1.5 1 0 1 0 3 0 1.5 1 0 1 0-3 0M16.5 12a1.5 1 0 1 0 3 0 1.5 1 0 1 0-3 0",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M4.9 4.900l1.4 1.400M17.7 17.700l1.4 1.400M2 12h2M20 12h2M4.9 19.100l1.4-1.400M17.7 6.300l1.4-1.4",
  moon: "M20 14.500A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.500z",
  plus: "M12 5v14M5 12h14",
  swap: "M8 4L4 8l4 4M4 8h13M16 12l4 4-4 4M20 16H7",
  help: "M9 9a3 3 0 1 1 4.5 2.600c-1 .6-1.5 1.2-1.5 2.400M12 18h.01",
};

/** A decorative line icon; the control around it carries the name. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A round portrait; initials on a disc whose colour belongs to the person when there is no picture. */
export function portrait(person, size = "") {
  const name = person?.real_name || person?.name || "?";
  const initials = name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();
  const tint = [...(person?.id ?? name)].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6;
  const disc = h("span", { className: `portrait ${person?.is_bot ? "of-app" : `tint-${tint}`} ${size}`, "aria-hidden": "true" }, initials);
  if (isOurs(person?.portrait)) {
    const image = h("img", { src: person.portrait, alt: "", onError: () => image.remove() });
    disc.append(image);
  }
  return disc;
}

/** Whether the browser may load this address by itself: data, or a server on this machine, never another host. */
export function isOurs(address) {
  if (!address) return false;
  if (/^data:image\//.test(address)) return true;
  const url = URL.parse(address, location.href);
  return url !== null && url.protocol === location.protocol && url.hostname === location.hostname;
}

/**
 * Make the children of `parent` those of `items` ({key, stamp, make}); a child whose stamp did not change stays
 * untouched, so what a person types and where they are survives an update.
 */
export function reconcile(parent, items) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const place = markFocus(parent);
  const nodes = items.map(({ key, stamp, make }) => {
    const kept = old.get(key);
    if (kept && stamps.get(kept) === stamp) return kept;
    const node = make();
    node.dataset.key = key;
    stamps.set(node, stamp);
    return node;
  });
  const wanted = new Set(nodes);
  for (const node of [...parent.children]) if (!wanted.has(node)) node.remove();
  let cursor = parent.firstElementChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
  restoreFocus(parent, place);
}

/** Draw the children of `node` again only when `stamp` changed: a control that is being pressed is never taken away needlessly. */
export function redraw(node, stamp, make) {
  const seen = JSON.stringify(stamp);
  if (stamps.get(node) === seen) return;
  stamps.set(node, seen);
  const place = markFocus(node);
  node.replaceChildren(...[make()].flat().filter(Boolean));
  restoreFocus(node, place);
}

/** Where the focus is inside `root`, by the stable name of the control. */
export function markFocus(root) {
  const active = document.activeElement;
  if (!active || !root.contains(active)) return null;
  const selection = "selectionStart" in active && active.type !== "file" ? [active.selectionStart, active.selectionEnd] : null;
  const around = [...root.children].find((child) => child.contains(active))?.dataset.key;
  return { node: active, name: active.dataset.focus, kind: active.dataset.again, around, selection };
}

/**
 * Put the focus back on the control of the same name, else of the same action (apps may rename blocks), with its selection.
 * When the control is gone, as buttons go after a decision, the focus stays with what it was part of.
 */
export function restoreFocus(root, place) {
  if (!place || place.node.isConnected) return;
  const same = (name, value) => value && root.querySelector(`[data-${name}="${CSS.escape(value)}"]`);
  const again = same("focus", place.name) || same("again", place.kind);
  if (!again) return settleOn((place.around && [...root.children].find((child) => child.dataset.key === place.around)) || root);
  again.focus({ preventScroll: true });
  if (place.selection && place.selection[0] !== null && again.setSelectionRange) again.setSelectionRange(...place.selection);
}

/** Give the focus back to what opened a window: the control itself, its successor of the same name, or `otherwise`. */
export function giveBack(opener, otherwise) {
  const name = opener?.dataset?.focus;
  const successor = name && document.querySelector(`[data-focus="${CSS.escape(name)}"]`);
  (opener?.isConnected && opener !== document.body ? opener : successor || otherwise?.())?.focus();
}

function settleOn(node) {
  if (!node.hasAttribute("tabindex")) node.setAttribute("tabindex", "-1");
  node.focus({ preventScroll: true });
}

/** Tell screen readers once, politely. */
export function announce(text) {
  const region = document.getElementById("announcer");
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 60);
}
