/** Small makers of elements, icons and times. */

/**
 * Make an element. Attributes that are false, null or undefined are left out; `on…` are listeners.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {any}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const PATHS = {
  back: "M15 5l-7 7 7 7",
  plus: "M12 5v14M5 12h14",
  send: "M4 12l16-8-5 16-3.500-6.500z",
  mic: "M12 15a3.500 3.500 0 0 0 3.500-3.500v-4a3.500 3.500 0 0 0-7 0v4A3.500 3.500 0 0 0 12 15zM5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3",
  close: "M6 6l12 12M18 6L6 18",
  more: "M7 10l5 5 5-5",
  photo: "M4 7a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM4 16l4.500-4.500 4 4L15 13l5 4.500M15.500 9.500h.01",
  document: "M7 3h7l5 5v11a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM14 3v5h5M9 13h6M9 17h4",
  pin: "M12 21s7-6.200 7-11.500a7 7 0 0 0-14 0C5 14.800 12 21 12 21zM12 12a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20c.6-3.600 3.500-5.500 7-5.500s6.400 1.900 7 5.500",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.500 14.500c.8 1.300 2 2 3.500 2s2.700-.7 3.500-2M9 9.500h.01M15 9.500h.01",
  poll: "M6 20v-8M12 20V4M18 20v-5",
  megaphone: "M4 10v4h3l8 4V6L7 10zM18.500 9.500a4 4 0 0 1 0 5M8 14.500l1 5h2.500",
  reply: "M10 7L4.500 12 10 17M5 12h8a6 6 0 0 1 6 6",
  list: "M9 6h11M9 12h11M9 18h11M4.500 6h.01M4.500 12h.01M4.500 18h.01",
  link: "M14 5h5v5M19 5l-8 8M17 14v4a1.500 1.500 0 0 1-1.500 1.500H6A1.500 1.500 0 0 1 4.500 18V8.500A1.500 1.500 0 0 1 6 7h4",
  edit: "M5 19l1-4L16.500 4.500l3 3L9 18z",
  trash: "M5 7h14M10 7V4.500h4V7M7 7l1 13h8l1-13",
  copy: "M9 9h10v11H9zM5 15V4h10",
  play: "M8 5.500v13l11-6.500z",
  pause: "M8 5.500v13M16 5.500v13",
  phone: "M6 4h3.500l1.500 4.500-2 1.500a11 11 0 0 0 5 5l1.500-2 4.500 1.500V18a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2z",
  verified: "M8.500 12l2.500 2.500 4.500-5",
};

/** @param {keyof typeof PATHS} name @param {string} [extra] */
export function icon(name, extra = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon ${extra}`);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** @param {string} name @param {string} seed */
export function avatar(name, seed) {
  const letters = name.replace(/^\+.*/, "#").split(/\s+/).map((word) => [...word][0] ?? "").slice(0, 2).join("");
  let hue = 0;
  for (const character of seed) hue = (hue * 31 + character.charCodeAt(0)) % 360;
  return el("span", { class: "avatar", style: `--hue: ${hue}`, "aria-hidden": "true" }, letters.toUpperCase());
}

/** @param {number} at Unix seconds */
export const clock = (at) => new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** @param {number} at Unix seconds */
export function day(at) {
  const date = new Date(at * 1000);
  const days = Math.round((startOfDay(new Date()) - startOfDay(date)) / 86400000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days < 7) return date.toLocaleDateString([], { weekday: "long" });
  return date.toLocaleDateString([], { day: "numeric", month: "short", year: "numeric" });
}

/** @param {number} at Unix seconds */
export const when = (at) => (day(at) === "Today" ? clock(at) : day(at));

/** @param {Date} date */
const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

const TICKS = { accepted: "Waiting", sent: "Sent", delivered: "Delivered", read: "Read", played: "Played", failed: "Not sent" };

/** Ticks of a message the person wrote: one when sent, two in colour when the business has read it. @param {string} status */
export function ticks(status) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 18 11");
  svg.setAttribute("class", `ticks ${status}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", TICKS[/** @type {keyof typeof TICKS} */ (status)] ?? status);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", status === "sent" ? "M4 6l3 3 6-7" : "M1 6l3 3 6-7M8 8l1 1 6-7");
  svg.append(path);
  return svg;
}

/** Say something short at the foot of the phone. @param {string} text */
export function notice(text) {
  const line = /** @type {HTMLElement} */ (document.getElementById("notice"));
  line.textContent = text;
  line.classList.add("shown");
  clearTimeout(Number(line.dataset.timer));
  line.dataset.timer = String(setTimeout(() => line.classList.remove("shown"), 4000));
}

/** Run something and say what went wrong, if it did. @param {() => Promise<any>} work */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    notice(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
