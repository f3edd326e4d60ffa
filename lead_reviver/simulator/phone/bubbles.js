/** One message as a bubble: every kind that can come in or go out. */

import * as api from "./api.js";
import { clock, el, icon, ticks } from "./elements.js";
import { audioPlayer } from "./audio.js";
import { formatted } from "./formatted.js";
import * as store from "./store.js";

/** @typedef {import("./types.js").Message} Message */

const NAMES = /** @type {Record<string, string>} */ ({
  image: "Photo",
  video: "Video",
  audio: "Voice message",
  document: "Document",
  sticker: "Sticker",
  location: "Location",
  contacts: "Contact",
  order: "Order",
  unsupported: "Poll",
});

/** One line about a message. @param {Message} message @returns {string} */
export function summary(message) {
  const { type, content } = message;
  if (message.revoked) return "Deleted message";
  if (type === "text") return content.body;
  if (type === "template") return message.rendered?.body ?? "Template";
  if (type === "button") return content.text;
  if (type === "interactive") {
    return content.button_reply?.title ?? content.list_reply?.title ?? content.body?.text ?? "Message";
  }
  if (type === "document") return content.filename ?? content.caption ?? NAMES.document;
  if (type === "contacts") return content[0]?.name?.formatted_name ?? NAMES.contacts;
  return content.caption ?? content.name ?? NAMES[type] ?? type;
}

/**
 * What the chat lets a person do with a bubble.
 * @typedef {object} Hands
 * @property {(message: Message) => void} menu
 * @property {(message: Message, id: string) => void} tap
 * @property {(message: Message) => void} openList
 * @property {(message: Message) => void} sendLocation
 * @property {(message: Message) => void} sendNumber
 * @property {(id: string) => void} jump
 */

/** @param {Message} message @param {Hands} hands @returns {HTMLLIElement} */
export function bubble(message, hands) {
  const mine = message.direction === "in";
  const reactions = [message.reaction_in, message.reaction_out].filter(Boolean);
  const extras = message.revoked ? [] : buttonsOf(message, hands);
  const item = el(
    "li",
    { class: `message ${mine ? "mine" : "theirs"} ${message.type} ${reactions.length ? "reacted" : ""}`, "data-id": message.id },
    el(
      "div",
      { class: `bubble ${extras.length ? "joined" : ""}` },
      el("span", { class: "hidden" }, mine ? "You: " : `${store.business.name}: `),
      message.forwarded && el("p", { class: "tag" }, icon("reply", "flip"), " Forwarded"),
      message.referral && adCard(message.referral),
      quote(message, hands),
      ...(message.revoked ? [el("p", { class: "gone" }, mine ? "You deleted this message" : "This message was deleted")] : partsOf(message)),
      el(
        "span",
        { class: "meta" },
        message.edited && "edited ",
        el("time", { datetime: new Date(message.at * 1000).toISOString() }, clock(message.at)),
        mine && ticks(message.status),
      ),
      !message.revoked &&
        el("button", { class: "menu", "aria-label": "Message options", onclick: () => hands.menu(message) }, icon("more")),
    ),
    extras.length > 0 && el("div", { class: "taps" }, ...extras),
    reactions.length > 0 &&
      el("span", { class: "reactions", role: "img", "aria-label": `Reactions: ${reactions.join(" ")}` }, [...new Set(reactions)].join("")),
  );
  if (!message.revoked) longPress(item.querySelector(".bubble"), () => hands.menu(message));
  return item;
}

/** @param {Message} message @returns {Node[]} */
function partsOf(message) {
  const { type, content } = message;
  switch (type) {
    case "text":
      return [words(content.body)];
    case "template":
      return composed(message.rendered?.header, message.rendered?.body, message.rendered?.footer);
    case "interactive":
      if (content.button_reply || content.list_reply) {
        const reply = content.button_reply ?? content.list_reply;
        return [words(reply.title), reply.description && el("p", { class: "quiet small" }, reply.description)].filter(Boolean);
      }
      return composed(content.header, content.body?.text, content.footer?.text);
    case "button":
      return [words(content.text)];
    case "image":
    case "video":
    case "sticker":
    case "document":
      return [media(type, content), content.caption && words(content.caption)].filter(Boolean);
    case "audio":
      return [audioPlayer(message)];
    case "location":
      return [map(content)];
    case "contacts":
      return content.map(contactCard);
    case "order":
      return [el("p", { class: "line-icon" }, icon("list"), ` Order of ${content.product_items?.length ?? 0} items`), content.text && words(content.text)].filter(Boolean);
    case "unsupported":
      return [el("p", { class: "quiet line-icon" }, icon("poll"), "A poll, which businesses cannot read")];
    default:
      return [el("p", { class: "quiet" }, `A message of type ${type}`)];
  }
}

/** @param {any} header @param {string|undefined} body @param {string|null|undefined} footer @returns {Node[]} */
function composed(header, body, footer) {
  const kind = header?.type;
  return [
    kind === "text" && el("p", { class: "headline" }, header.text),
    kind === "location" && map(header.location),
    ["image", "video", "document"].includes(kind) && media(kind, header[kind]),
    body && words(body),
    footer && el("p", { class: "quiet small" }, footer),
  ].filter(Boolean);
}

/** @param {string} text */
function words(text) {
  const short = [...text.trim()].length <= 3 && /^\p{Extended_Pictographic}/u.test(text.trim());
  return el("p", { class: short ? "words giant" : "words", dir: "auto" }, formatted(text));
}

/** A file of the simulator is shown; a link of the business is only named, nothing is fetched from outside. @param {string} kind @param {any} content */
function media(kind, content) {
  const name = content.caption || content.filename || NAMES[kind];
  if (!content.id) {
    const host = URL.canParse(content.link) ? new URL(content.link).host : "a link";
    return el("div", { class: "file" }, icon(kind === "document" ? "document" : "photo"), el("span", {}, content.filename ?? `${NAMES[kind]} from ${host}`));
  }
  const address = api.mediaUrl(content.id);
  if (kind === "video") return el("video", { class: "picture", src: address, controls: true, preload: "metadata", "aria-label": name });
  if (kind === "document") {
    return el("a", { class: "file", href: address, download: content.filename ?? "document" }, icon("document"), el("span", {}, content.filename ?? "Document"));
  }
  return el("img", { class: kind === "sticker" ? "sticker" : "picture", src: address, alt: name, loading: "lazy" });
}

/** @param {any} place */
function map(place) {
  const where = `${Number(place.latitude).toFixed(4)}, ${Number(place.longitude).toFixed(4)}`;
  return el(
    "div",
    { class: "place" },
    el("div", { class: "map", "aria-hidden": "true" }, icon("pin")),
    el("strong", {}, place.name ?? "Location"),
    el("span", { class: "quiet small" }, place.address ?? where),
  );
}

/** @param {any} contact */
function contactCard(contact) {
  const phone = contact.phones?.[0]?.phone ?? contact.emails?.[0]?.email ?? "";
  return el("div", { class: "file" }, icon("person"), el("span", {}, el("strong", {}, contact.name?.formatted_name ?? "Contact"), el("br"), phone));
}

/** @param {any} referral */
function adCard(referral) {
  return el("div", { class: "quoted" }, el("strong", {}, icon("megaphone"), ` ${referral.headline ?? "Ad"}`), el("span", { class: "clip" }, referral.body ?? referral.source_url ?? ""));
}

/** @param {Message} message @param {Hands} hands */
function quote(message, hands) {
  const quoted = message.context_id ? store.thread.get(message.context_id) : undefined;
  if (!quoted) return null;
  const who = quoted.direction === "in" ? "You" : store.business.name;
  return el("button", { class: "quoted", onclick: () => hands.jump(quoted.id) }, el("strong", {}, who), el("span", { class: "clip" }, summary(quoted)));
}

/** @param {Message} message @param {Hands} hands @returns {HTMLElement[]} */
function buttonsOf(message, hands) {
  if (message.direction === "in") return [];
  const { content } = message;
  if (message.type === "template") return (message.rendered?.buttons ?? []).map((button) => templateButton(message, button, hands));
  if (message.type !== "interactive") return [];
  const parameters = content.action?.parameters ?? {};
  switch (content.type) {
    case "button":
      return content.action.buttons.map((/** @type {any} */ { reply }) => tapButton("reply", reply.title, () => hands.tap(message, reply.id)));
    case "list":
      return [tapButton("list", content.action.button, () => hands.openList(message))];
    case "cta_url":
      return [outwards(parameters.display_text, parameters.url)];
    case "location_request_message":
      return [tapButton("pin", "Send location", () => hands.sendLocation(message))];
    case "contact_request":
      return [tapButton("person", "Share phone number", () => hands.sendNumber(message))];
    default:
      return [];
  }
}

/** @param {Message} message @param {any} button @param {Hands} hands */
function templateButton(message, button, hands) {
  if (button.type === "QUICK_REPLY") return tapButton("reply", button.text, () => hands.tap(message, button.payload));
  if (button.type === "URL") return outwards(button.text, button.url);
  if (button.type === "REQUEST_CONTACT_INFO") return tapButton("person", button.text, () => hands.sendNumber(message));
  if (button.code) return tapButton("copy", `${button.text}: ${button.code}`, () => navigator.clipboard?.writeText(button.code));
  return tapButton("phone", button.text, () => undefined);
}

/** @param {any} name @param {string} text @param {() => void} onclick */
const tapButton = (name, text, onclick) => el("button", { class: "tap", onclick }, icon(name), text);

/** @param {string} text @param {string} url */
const outwards = (text, url) => el("a", { class: "tap", href: /^https?:/.test(url) ? url : "#/", target: "_blank", rel: "noopener noreferrer" }, icon("link"), text);

/** @param {HTMLElement} element @param {() => void} then */
function longPress(element, then) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  const stop = () => clearTimeout(timer);
  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") timer = setTimeout(then, 450);
  });
  for (const name of ["pointerup", "pointercancel", "pointermove", "pointerleave"]) element.addEventListener(name, stop);
  element.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    stop();
    then();
  });
}
