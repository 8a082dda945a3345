// Looks at the page that it is evaluated in, for tests: what is out of sight, and what cannot be read.

/** What sticks out, and rows that are there but do not show, each as a line. */
function outOfSight(width) {
  const late = [...document.querySelectorAll('body *')].filter((element) => {
    const { left, right } = element.getBoundingClientRect();
    return (
      element.checkVisibility() && !element.closest('thead, caption') && (left < -1 || right > width + 1)
    );
  });
  const rows = [...document.querySelectorAll('summary, tbody tr, tfoot tr, tbody th, tbody td, tfoot td')];
  const hidden = rows.filter((row) => {
    const { width, height } = row.getBoundingClientRect();
    return !row.checkVisibility() || width < 1 || height < 1;
  });
  const lineOf = (what) => (element) =>
    `${what}: ${element.tagName} ${element.textContent.trim().slice(0, 60)}`;
  return [...late.map(lineOf('sticks out')), ...hidden.map(lineOf('hidden'))];
}

const channelsOf = (colour) => colour.match(/[\d.]+/g).map(Number);

// WCAG 2.2, relative luminance.
function luminance(colour) {
  const [red, green, blue] = channelsOf(colour)
    .slice(0, 3)
    .map((channel) => channel / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** The ground that an element's text stands on: of the nearest that has one. */
function groundOf(element) {
  const ground = getComputedStyle(element).backgroundColor;
  if (channelsOf(ground)[3] !== 0) return ground;
  return element.parentElement === null ? 'rgb(255, 255, 255)' : groundOf(element.parentElement);
}

/** Every pair of colours that text is shown in, with its contrast. */
function pairs() {
  const found = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: element, data } = texts.currentNode;
    if (data.trim() === '' || !element.checkVisibility()) continue;
    const [text, ground] = [getComputedStyle(element).color, groundOf(element)];
    found.set(`${text} on ${ground}`, contrast(text, ground));
  }
  return [...found].map(([pair, contrast]) => ({ pair, contrast }));
}

/** Each element with the names of its attributes: what markup there is, whatever the text. */
const skeleton = () =>
  [...document.querySelectorAll('*')].map((element) =>
    [element.localName, ...element.getAttributeNames().toSorted()].join(' '),
  );

globalThis.pageLook = { outOfSight, pairs, skeleton };
