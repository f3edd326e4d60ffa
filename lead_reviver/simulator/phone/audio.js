/** Voice messages: play what came, record what goes. */

import * as api from "./api.js";
import { el, icon } from "./elements.js";

const FORMATS = ["audio/ogg;codecs=opus", "audio/mp4;codecs=opus", "audio/mp4", "audio/webm;codecs=opus"];
const BARS = 28;

/** @param {number} seconds */
const length = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** A player with a drawn wave. @param {import("./types.js").Message} message */
export function audioPlayer(message) {
  if (!message.content.id) return el("div", { class: "file" }, icon("mic"), "Audio from a link");
  const sound = new Audio(api.mediaUrl(message.content.id));
  sound.preload = "metadata";
  const bars = Array.from({ length: BARS }, (_, index) => {
    const code = message.id.charCodeAt(12 + (index % 24)) || 70;
    return el("i", { style: `--tall: ${25 + ((code * (index + 7)) % 75)}%` });
  });
  const time = el("span", { class: "small quiet" }, "0:00");
  const button = el("button", { class: "round tint", "aria-label": "Play voice message" }, icon("play", "solid"));
  const draw = () => {
    const known = Number.isFinite(sound.duration) ? sound.duration : 0;
    const share = known ? sound.currentTime / known : 0;
    bars.forEach((bar, index) => bar.classList.toggle("on", index / BARS < share));
    time.textContent = length(sound.paused && !sound.currentTime ? known : sound.currentTime);
    button.replaceChildren(icon(sound.paused ? "play" : "pause", sound.paused ? "solid" : ""));
    button.setAttribute("aria-label", sound.paused ? "Play voice message" : "Pause voice message");
  };
  button.addEventListener("click", () => {
    if (!sound.paused) return sound.pause();
    sound.play().catch(() => undefined);
    if (message.direction === "out") api.markPlayed(message.lead_id, message.id).catch(() => undefined);
  });
  for (const name of ["play", "pause", "timeupdate", "ended", "loadedmetadata"]) sound.addEventListener(name, draw);
  return el("div", { class: "voice" }, button, el("span", { class: "wave", "aria-hidden": "true" }, ...bars), time);
}

/**
 * Record until stopped. Resolves to null when there is no microphone.
 * @returns {Promise<{stop: () => Promise<Blob>, cancel: () => void}|null>}
 */
export async function record() {
  const format = globalThis.MediaRecorder && FORMATS.find((each) => MediaRecorder.isTypeSupported(each));
  if (!format || !navigator.mediaDevices) return null;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return null;
  }
  const recorder = new MediaRecorder(stream, { mimeType: format });
  /** @type {Blob[]} */
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  recorder.start();
  const end = () =>
    new Promise((resolve) => {
      recorder.addEventListener("stop", resolve, { once: true });
      recorder.stop();
      for (const track of stream.getTracks()) track.stop();
    });
  return {
    stop: async () => {
      await end();
      return new Blob(parts, { type: format.replace(";", "; ") });
    },
    cancel: () => void end(),
  };
}
