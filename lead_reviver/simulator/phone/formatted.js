/** Text as chats write it: *bold*, _italic_, ~struck~, `code` and links. Builds nodes, never HTML. */

const PATTERN = /\*(?=\S)([^*\n]+?)\*|_(?=\S)([^_\n]+?)_|~(?=\S)([^~\n]+?)~|`([^`\n]+)`|(https?:\/\/[^\s<>"]+)/g;
const TAGS = ["", "strong", "em", "s", "code"];

/** @param {string} text @returns {DocumentFragment} */
export function formatted(text) {
  const nodes = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(PATTERN)) {
    nodes.append(text.slice(from, found.index));
    nodes.append(found[5] ? link(found[5]) : marked(found));
    from = found.index + found[0].length;
  }
  nodes.append(text.slice(from));
  return nodes;
}

/** @param {RegExpMatchArray} found */
function marked(found) {
  const which = [1, 2, 3, 4].find((group) => found[group] !== undefined) ?? 1;
  const element = document.createElement(TAGS[which] ?? "span");
  element.textContent = found[which] ?? "";
  return element;
}

/** @param {string} address */
function link(address) {
  const element = document.createElement("a");
  element.href = address;
  element.target = "_blank";
  element.rel = "noopener noreferrer";
  element.textContent = address;
  return element;
}
