/** Sheets that come up from the foot of the phone. Each is a `<dialog>`: focus stays inside, Escape closes. */

import * as api from "./api.js";
import { attempt, el, icon, notice } from "./elements.js";
import * as store from "./store.js";

/** @typedef {import("./types.js").Message} Message */

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const EDIT_SECONDS = 15 * 60;
const PLACES = [
  { name: "Plaza del Ayuntamiento", address: "Plaza del Ayuntamiento 1, Valencia", latitude: 39.4699, longitude: -0.3763 },
  { name: "Mercado de Ruzafa", address: "Plaza del Barón de Cortés, Valencia", latitude: 39.4617, longitude: -0.3725 },
  { name: "Playa de la Malvarrosa", address: "Passeig de Neptú, Valencia", latitude: 39.4795, longitude: -0.3236 },
];

/**
 * @param {string} title
 * @param {...(Node|string|false|null)} content
 * @returns {HTMLDialogElement}
 */
export function sheet(title, ...content) {
  const dialog = el(
    "dialog",
    {
      class: "sheet",
      "aria-label": title,
      onclick: (/** @type {MouseEvent} */ event) => event.target === dialog && dialog.close(),
      onclose: () => dialog.remove(),
    },
    el(
      "div",
      { class: "sheet-body" },
      el("header", { class: "sheet-head" }, el("h2", {}, title), el("button", { class: "round", "aria-label": "Close", onclick: () => dialog.close() }, icon("close"))),
      ...content,
    ),
  );
  document.querySelector(".device")?.append(dialog);
  dialog.showModal();
  return dialog;
}

/** @param {any} name @param {string} text @param {() => void} onclick @param {string} [extra] */
const choice = (name, text, onclick, extra = "") => el("button", { class: `choice ${extra}`, onclick }, icon(name), text);

/** A form for a new lead. */
export function newLeadSheet() {
  const form = el(
    "form",
    {
      class: "form",
      onsubmit: async (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const given = Object.fromEntries(new FormData(form));
        const lead = await attempt(() =>
          api.makeLead({
            name: given.name,
            ...(given.phone ? { phone: given.phone } : {}),
            ...(given.username ? { username: String(given.username).replace(/^@/, "") } : {}),
            language: given.language,
            hides_phone: given.hides === "on",
          }),
        );
        if (!lead) return;
        dialog.close();
        store.remember(lead);
        location.hash = `#/lead/${encodeURIComponent(lead.id)}`;
      },
    },
    field("Name", el("input", { name: "name", required: true, maxlength: 80, autocomplete: "off", placeholder: "Ana Pons" })),
    field("Phone number", el("input", { name: "phone", type: "tel", autocomplete: "off", placeholder: "+34 611 222 333 (or leave empty)" })),
    field("Username", el("input", { name: "username", autocomplete: "off", maxlength: 35, placeholder: "ana.p (optional)" })),
    field("Language", el("select", { name: "language" }, ...languages())),
    el("label", { class: "switch" }, el("span", { class: "grow" }, "Hide the phone number from businesses"), el("input", { type: "checkbox", name: "hides", role: "switch" })),
    el("button", { class: "wide primary", type: "submit" }, "Make lead"),
  );
  const dialog = sheet("New lead", form);
  form.querySelector("input")?.focus();
}

/** @param {string} text @param {HTMLElement} control */
export const field = (text, control) => el("label", { class: "field" }, el("span", {}, text), control);

export const languages = () =>
  Object.entries({ en: "English", es: "Español", pt: "Português", fr: "Français", de: "Deutsch", it: "Italiano", hi: "हिन्दी" }).map(([code, name]) => el("option", { value: code }, name));

/**
 * What can be done with a message.
 * @param {string} leadId
 * @param {Message} message
 * @param {{reply: (message: Message) => void, edit: (message: Message) => void}} write
 */
export function messageSheet(leadId, message, write) {
  const mine = message.direction === "in";
  const text = message.type === "text" ? message.content.body : message.rendered?.body;
  /** @param {() => void} then */
  const and = (then) => () => {
    dialog.close();
    then();
  };
  /** @param {object} action */
  const act = (action) => and(() => void attempt(() => api.act(leadId, action)));
  const dialog = sheet(
    "Message options",
    el(
      "div",
      { class: "emojis", role: "group", "aria-label": "React" },
      ...EMOJI.map((emoji) => {
        const on = message.reaction_in === emoji;
        const reaction = { message_id: message.id, emoji: on ? "" : emoji };
        return el("button", { class: "emoji", "aria-label": `React with ${emoji}`, "aria-pressed": String(on), onclick: act({ type: "reaction", reaction }) }, emoji);
      }),
    ),
    choice("reply", "Reply", and(() => write.reply(message))),
    text && choice("copy", "Copy", and(() => void navigator.clipboard?.writeText(text).then(() => notice("Copied.")))),
    mine && message.type === "text" && Date.now() / 1000 - message.at < EDIT_SECONDS && choice("edit", "Edit", and(() => write.edit(message))),
    mine && choice("trash", "Delete for everyone", act({ type: "revoke", revoke: { original_message_id: message.id } }), "danger"),
  );
}

/** The rows of a list message. @param {Message} message @param {(id: string) => void} chosen */
export function listSheet(message, chosen) {
  const { action } = message.content;
  const dialog = sheet(
    action.button,
    ...action.sections.map((/** @type {any} */ section) =>
      el(
        "div",
        { role: "group", "aria-label": section.title ?? action.button },
        section.title && el("h3", {}, section.title),
        ...section.rows.map((/** @type {any} */ row) =>
          el(
            "button",
            {
              class: "choice two",
              onclick: () => {
                dialog.close();
                chosen(row.id);
              },
            },
            el("strong", {}, row.title),
            row.description && el("span", { class: "quiet small" }, row.description),
          ),
        ),
      ),
    ),
  );
}

/** @param {(location: object) => Promise<any>} chosen */
export function locationSheet(chosen) {
  const dialog = sheet(
    "Send a location",
    ...PLACES.map((place) =>
      el(
        "button",
        {
          class: "choice two",
          onclick: () => {
            dialog.close();
            void attempt(() => chosen(place));
          },
        },
        el("strong", {}, place.name),
        el("span", { class: "quiet small" }, place.address),
      ),
    ),
  );
}

/** What else can be sent. @param {string} leadId @param {() => object} takeContext */
export function attachSheet(leadId, takeContext) {
  /** @param {object} action */
  const act = (action) => () => {
    dialog.close();
    void attempt(() => api.act(leadId, { ...action, ...takeContext() }));
  };
  /** @param {string} accept @param {boolean} asDocument */
  const pick = (accept, asDocument) => () => {
    dialog.close();
    const input = el("input", { type: "file", accept });
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) void attempt(() => sendFile(leadId, file, asDocument, takeContext));
    });
    input.click();
  };
  const vcard = { name: { formatted_name: "Bo Lund", first_name: "Bo", last_name: "Lund" }, phones: [{ phone: "+34 600 333 444", type: "CELL" }], origin: "other" };
  const ad = { source_url: "https://fb.me/example", source_id: "120226305854810726", source_type: "ad", headline: "Homes in Ruzafa", body: "New flats from 180,000 €", media_type: "image", ctwa_clid: "AR-example" };
  const dialog = sheet(
    "Send",
    el(
      "div",
      { class: "tiles" },
      tile("photo", "Photo or video", pick("image/jpeg,image/png,video/mp4", false)),
      tile("document", "Document", pick("", true)),
      tile("pin", "Location", () => {
        dialog.close();
        locationSheet((location) => api.act(leadId, { type: "location", location, ...takeContext() }));
      }),
      tile("person", "Contact", act({ type: "contacts", contacts: [vcard] })),
      tile("smile", "Sticker", act({ type: "sticker" })),
      tile("poll", "Poll", act({ type: "unsupported", unsupported: { type: "poll_creation" } })),
    ),
    el("h3", {}, "Samples"),
    choice("photo", "Photo of a house", act({ type: "image", image: { caption: "Is it like this one?" } })),
    choice("mic", "Voice message", act({ type: "audio" })),
    choice("document", "A PDF", act({ type: "document" })),
    choice("megaphone", "Write from an ad", act({ type: "text", text: { body: "Hello! Can I get more info on this?" }, referral: ad })),
  );
}

/** @param {any} name @param {string} text @param {() => void} onclick */
const tile = (name, text, onclick) => el("button", { class: "tile", onclick }, el("span", {}, icon(name)), text);

/** @param {string} leadId @param {File} file @param {boolean} asDocument @param {() => object} takeContext */
async function sendFile(leadId, file, asDocument, takeContext) {
  const kept = await api.upload(leadId, file, file.name);
  const kind = asDocument ? "document" : kept.kind;
  const content = kind === "document" ? { id: kept.id, filename: file.name } : { id: kept.id };
  await api.act(leadId, { type: kind, [kind]: content, ...takeContext() });
}
