/** Where one writes: text, attachments, voice; replying and editing. */

import * as api from "./api.js";
import { record } from "./audio.js";
import { summary } from "./bubbles.js";
import { attempt, el, icon, notice } from "./elements.js";
import { attachSheet } from "./sheets.js";
import * as store from "./store.js";

/** @typedef {import("./types.js").Message} Message */

/** @param {string} leadId */
export function composer(leadId) {
  /** @type {Message|null} */
  let replyTo = null;
  /** @type {Message|null} */
  let editing = null;
  /** @type {Awaited<ReturnType<typeof record>>} */
  let recording = null;
  /** @type {ReturnType<typeof setInterval>|undefined} */
  let ticking;

  const about = el("div", { class: "about", hidden: true });
  const input = el("textarea", {
    rows: 1,
    placeholder: "Message",
    "aria-label": "Message",
    enterkeyhint: "send",
    oninput: fit,
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        void sendText();
      }
      if (event.key === "Escape") clear();
    },
  });
  const attach = el("button", { class: "round", type: "button", "aria-label": "Attach", onclick: () => attachSheet(leadId, takeContext) }, icon("plus"));
  const main = el("button", { class: "round primary", type: "button", onclick: press }, icon("mic"));
  const timer = el("span", { class: "grow recording", hidden: true, role: "timer" });
  const cancel = el("button", { class: "round", type: "button", "aria-label": "Discard recording", hidden: true, onclick: () => stopRecording(false) }, icon("trash"));
  const element = el("footer", { class: "composer" }, about, el("div", { class: "row" }, attach, cancel, input, timer, main));

  function fit() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 132)}px`;
    const writes = input.value.trim() !== "" || recording !== null;
    main.setAttribute("aria-label", recording ? "Send voice message" : writes ? "Send" : "Record voice message");
    main.replaceChildren(icon(writes ? "send" : "mic", writes ? "solid" : ""));
  }

  function press() {
    if (recording) return void stopRecording(true);
    return void (input.value.trim() ? sendText() : startRecording());
  }

  async function sendText() {
    const text = input.value.trim();
    if (!text) return;
    const action = editing
      ? { type: "edit", edit: { original_message_id: editing.id, text } }
      : { type: "text", text: { body: text }, ...takeContext() };
    clear();
    const done = await attempt(() => api.act(leadId, action));
    if (!done && !input.value) {
      input.value = text;
      fit();
    }
    input.focus();
  }

  /** The message that is replied to, taken once. */
  function takeContext() {
    const context = replyTo ? { context: { id: replyTo.id } } : {};
    replyTo = null;
    drawAbout();
    return context;
  }

  function clear() {
    replyTo = editing = null;
    input.value = "";
    drawAbout();
    fit();
  }

  function drawAbout() {
    const message = editing ?? replyTo;
    about.hidden = !message;
    if (!message) return;
    const title = editing ? "Edit message" : message.direction === "in" ? "You" : store.business.name;
    about.replaceChildren(
      el("div", { class: "quoted grow" }, el("strong", {}, title), el("span", { class: "clip" }, summary(message))),
      el("button", { class: "round", type: "button", "aria-label": editing ? "Stop editing" : "Do not reply to this", onclick: clear }, icon("close")),
    );
  }

  async function startRecording() {
    recording = await record();
    if (!recording) {
      notice("No microphone here: a sample voice message is sent instead.");
      await attempt(() => api.act(leadId, { type: "audio", ...takeContext() }));
      return;
    }
    const started = Date.now();
    showRecording(true);
    ticking = setInterval(() => {
      const seconds = Math.floor((Date.now() - started) / 1000);
      timer.textContent = `Recording ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }, 200);
  }

  /** @param {boolean} send */
  async function stopRecording(send) {
    const ended = recording;
    recording = null;
    clearInterval(ticking);
    showRecording(false);
    if (!ended) return;
    if (!send) return ended.cancel();
    await attempt(async () => {
      const file = await api.upload(leadId, await ended.stop(), "voice-message");
      await api.act(leadId, { type: "audio", audio: { id: file.id, voice: true }, ...takeContext() });
    });
  }

  /** @param {boolean} on */
  function showRecording(on) {
    timer.textContent = "Recording 0:00";
    timer.hidden = cancel.hidden = !on;
    input.hidden = attach.hidden = on;
    fit();
  }

  queueMicrotask(fit);
  return {
    element,
    focus: () => input.focus({ preventScroll: true }),
    /** @param {Message} message */
    reply: (message) => {
      editing = null;
      replyTo = message;
      drawAbout();
      input.focus();
    },
    /** @param {Message} message */
    edit: (message) => {
      replyTo = null;
      editing = message;
      input.value = message.content.body;
      drawAbout();
      fit();
      input.focus();
    },
    leave: () => {
      recording?.cancel();
      clearInterval(ticking);
    },
  };
}
