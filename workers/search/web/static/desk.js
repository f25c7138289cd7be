// Keys for people who read all day; everything here can be done without it.
"use strict";

const find = (selector) => document.querySelector(selector);

/** The headlines a reader can walk through, in the order of the page. */
const headlines = () => [...document.querySelectorAll("main article :is(h2, h3) > a")];

const step = (by) => {
  const all = headlines();
  const here = all.indexOf(document.activeElement);
  const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by];
  if (next) {
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }
};

const keys = {
  "/": () => {
    find("#q").focus();
    find("#q").select();
  },
  j: () => step(1),
  k: () => step(-1),
  o: () => headlines().includes(document.activeElement) && document.activeElement.click(),
  f: () => {
    const facets = find("#facets");
    if (facets) {
      facets.open = true;
      facets.querySelector("nav a").focus();
    }
  },
  "?": () => {
    const help = find("#keys");
    help.open = !help.open;
    help.querySelector("summary").focus();
  },
};

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const act = keys[event.key];
  if (act && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    act();
  }
});
