/* Finds studies: words, filters, order; the view stands in the address after #, so that it can be sent to a colleague.
   The data come as scripts (catalogue.js, studies-N.js, words-N.js, and cite-N.js when asked for): a page opened from a disk may not fetch a file. */
"use strict";

const catalogue = (() => {
  const PAGE = 50;
  const FIRST = 10; // of a list that nobody asked for yet: the charts stand below it
  const SETTLE = 60; // ms without a keystroke before the list is filtered again, where that takes long
  const LONG = 120; // ms
  const PAUSE = 500; // ms without a change before the address is written and the count is told: not for every keystroke
  const byId = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat("en-GB");
  const studies = []; // in the order of the library, newest first
  let facets = [];
  let firstCode = []; // of each facet: its values are numbered through, so that counting is one short loop for each study
  let codes = 0;
  let status = [];
  let size = 0;
  let partSize = 1; // studies in one file
  let expected = 0;
  let loaded = 0;
  let view = { q: "", chosen: new Map(), sort: "newest", aside: false };
  let found = [];
  let shown = FIRST;

  // ---- words -------------------------------------------------------------------------------------------------

  const LETTERS = { "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i" };
  // Both sides of the Atlantic: randomized is randomised, anesthesia is anaesthesia, in questions and texts alike.
  const spelled = (low) => low.replace(/z/g, "s").replace(/ae/g, "e");
  const plain = (text) =>
    spelled(text.toLowerCase().normalize("NFKD").replace(/\p{M}+/gu, "").replace(/[øłđðþæœßı]/g, (letter) => LETTERS[letter]));

  // "post-traumatic" is found as itself, as two words and as one. Most text is ASCII, for which plainer patterns are quick.
  const searchable = (text) => {
    const isAscii = /^[\x00-\x7f]*$/.test(text);
    const low = isAscii ? spelled(text.toLowerCase()) : plain(text);
    const between = isAscii ? /[^a-z0-9]+/g : /[^\p{L}\p{N}]+/gu;
    const compound = isAscii ? /[a-z0-9]+(?:[-.'][a-z0-9]+)+/g : /[\p{L}\p{N}]+(?:[-‐‑–'’.][\p{L}\p{N}]+)+/gu;
    const joined = (low.match(compound) || []).map((word) => word.replace(between, ""));
    return ` ${low.replace(between, " ")} ${joined.join(" ")} `;
  };

  // Short words match where a word begins, longer ones anywhere: "oral" is not "temporal", "ketamine" is in "esketamine".
  const bare = (word) => word.replace(/[^\p{L}\p{N}]+/gu, "");
  const test = (word) => (word.length < 5 ? " " + word : word);

  // "active-placebo" is also two words, "0.5mg" also a number with its unit; the letters of "S-ketamine" and "CAPS-5" say nothing alone.
  const apart = (word) => {
    const parts = word.split(/[-‐‑–]/).map(bare).filter(Boolean);
    if (parts.length > 1 && parts.every((part) => part.length > 2)) return parts;
    return word.match(/^([\d.]*\d)(\p{L}+)$/u)?.slice(1).map(bare);
  };

  // For each word of the query the ways in which a study can hold it, each a list of what must all be there.
  const tests = (query) =>
    plain(query).split(/[^\p{L}\p{N}\-‐‑–'’.]+/u).filter(bare)
      .map((word) => [[bare(word)], apart(word)].filter(Boolean).map((way) => way.map(test)));

  // ---- data --------------------------------------------------------------------------------------------------

  const [PMID, TITLE, BYLINE, SOURCE, FACTS, CONFIRMED, RETRACTED, SIZE, ASIDE, VALUES] = Array(10).keys();
  const [AUTHORS, JOURNAL, DOI, CONCLUSION, TERMS] = Array(5).keys();

  const load = (name, arrives, fails) => {
    const script = document.createElement("script");
    script.src = "assets/" + name;
    script.async = false; // in this order
    if (arrives) script.addEventListener("load", arrives);
    script.addEventListener("error", () => {
      byId("count").textContent = byId("told").textContent = "A part of the list could not be loaded: " + name;
      fails?.();
    });
    document.head.append(script);
  };

  const begin = (opening) => {
    ({ facets, status, size, part: partSize } = opening);
    expected = opening.parts * 2;
    firstCode = [];
    codes = 0;
    for (const facet of facets) { firstCode.push(codes); codes += facet.values.length; }
    drawFacets();
    byId("find").hidden = false;
    document.querySelector(".ask").hidden = false;
    for (let part = 1; part <= opening.parts; part++) load(`studies-${part}.js`);
    for (let part = 1; part <= opening.parts; part++) load(`words-${part}.js`);
    readAddress();
    if (!opening.parts) refresh();
  };

  const designOf = (row) => facets[1].values[row[VALUES][1][0]];
  const labels = (row, place) => row[VALUES][place].map((value) => facets[place].values[value][1]);

  const add = (rows) => {
    for (const row of rows)
      studies.push({ place: studies.length, row, words: null, codes: row[VALUES].flatMap((values, place) => values.map((value) => firstCode[place] + value)) });
    arrived();
  };

  let described = 0;
  const describe = (rows) => {
    for (const words of rows) studies[described++].words = words;
    arrived();
  };

  /* Every word with the studies that hold it: a query's word is looked for among the words, of which there are far fewer than
     there is text. A study is indexed when its words have come, all of them before the first question is answered. */
  const index = new Map();
  let indexed = 0;
  let answers = new Map();
  const indexUpTo = (end) => {
    for (; indexed < end; indexed++) {
      const { row, words } = studies[indexed];
      const terms = facets.map(({ hidden }, place) => (hidden ? "" : labels(row, place).join(" ")));
      const text = searchable([row[PMID], row[TITLE], row[BYLINE], row[SOURCE], row[FACTS], ...terms, ...(words || []).flat()].join(" "));
      for (const word of text.split(" ")) {
        const holders = index.get(word);
        if (!holders) index.set(word, [indexed]);
        else if (holders[holders.length - 1] !== indexed) holders.push(indexed);
      }
    }
  };

  // Words are made ready while nothing else happens, so that the page opens at once and the first keystroke does not wait.
  const whenIdle = window.requestIdleCallback || ((work) => setTimeout(() => work({ timeRemaining: () => 8 }), 20));
  const prepare = () => whenIdle((idle) => {
    while (indexed < studies.length && idle.timeRemaining() > 2) indexUpTo(Math.min(indexed + 20, studies.length));
    if (indexed < studies.length) prepare();
    else document.documentElement.dataset.indexed = "all";
  });

  const arrived = () => {
    loaded += 1;
    document.documentElement.dataset.loaded = loaded === expected ? "all" : "part";
    // The first part shows something at once; after that the list is drawn again only when all of it is there.
    if (loaded === 1 || loaded === expected / 2 || loaded === expected) { forget(); refresh(); tell(); }
    if (loaded === expected) prepare();
  };

  // ---- view <-> address --------------------------------------------------------------------------------------

  const readAddress = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    const isView = [...asked.keys()].some((key) => ["q", "sort", "aside"].includes(key) || facets.some((facet) => facet.key === key));
    if (location.hash.length > 1 && !isView) return; // the anchor of a section
    view = {
      q: asked.get("q") || "",
      sort: ["design", "size"].includes(asked.get("sort")) ? asked.get("sort") : "newest",
      aside: asked.get("aside") === "1",
      chosen: new Map(),
    };
    facets.forEach((facet, place) => {
      const wanted = (asked.get(facet.key) || "").split(",").filter(Boolean);
      const chosen = wanted.map((value) => facet.values.findIndex(([known]) => known === value));
      if (wanted.length) view.chosen.set(place, new Set(chosen)); // -1 keeps a value that no study has: nothing matches
    });
    byId("q").value = view.q;
    byId("sort").value = view.sort;
    byId("aside").checked = view.aside;
    for (const box of document.querySelectorAll("#facets input"))
      box.checked = Boolean(view.chosen.get(Number(box.dataset.place))?.has(Number(box.value)));
    document.querySelectorAll(".facet").forEach((facet, place) => { if (view.chosen.has(place)) facet.open = true; });
    refresh();
  };

  const writeAddress = () => {
    const asked = new URLSearchParams();
    if (view.q.trim()) asked.set("q", view.q.trim());
    for (const [place, chosen] of view.chosen) {
      const names = [...chosen].filter((value) => value >= 0).map((value) => facets[place].values[value][0]);
      if (names.length) asked.set(facets[place].key, names.join(","));
    }
    if (view.sort !== "newest") asked.set("sort", view.sort);
    if (view.aside) asked.set("aside", "1");
    const hash = asked.toString().replaceAll("%2C", ",");
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  };

  const isAsked = () => Boolean(view.q.trim() || view.chosen.size || view.aside);

  // ---- filter ------------------------------------------------------------------------------------------------

  // Before all words are there, only lines are searched, and anew when they have come.
  const forget = () => { index.clear(); indexed = 0; answers.clear(); };

  const holding = (asked) => {
    if (answers.has(asked)) return answers.get(asked);
    const holds = new Uint8Array(studies.length);
    const begins = asked.startsWith(" ") ? asked.slice(1) : null;
    for (const [word, holders] of index)
      if (begins === null ? word.includes(asked) : word.startsWith(begins)) for (const study of holders) holds[study] = 1;
    if (answers.size > 50) answers = new Map();
    answers.set(asked, holds);
    return holds;
  };

  const all = (answers) => answers.reduce((held, other) => held.map((holds, study) => holds & other[study]));
  const any = (answers) => answers.reduce((held, other) => held.map((holds, study) => holds | other[study]));

  // Which studies hold all words of the query.
  const match = () => {
    const words = tests(view.q);
    if (!words.length) return null;
    indexUpTo(studies.length);
    return all(words.map((ways) => any(ways.map((way) => all(way.map(holding))))));
  };

  /* One pass: a study that fails nothing is found; one that fails a single condition counts for what that condition's
     own filter would add, and for what loosening it would bring. */
  const filter = () => {
    const says = match();
    const conditions = [...view.chosen];
    const bucket = facets.findIndex((facet) => facet.key === "bucket");
    // Choosing a kind that is set aside is asking for it.
    const hideAside = !view.aside && !view.chosen.has(bucket);
    const counts = new Uint32Array(codes);
    const loosened = new Map();
    const hits = [];
    for (let index = 0; index < studies.length; index++) {
      const { row, codes: own } = studies[index];
      const values = row[VALUES];
      let failed = !says || says[index] ? null : "q";
      let failures = failed ? 1 : 0;
      if (hideAside && row[ASIDE]) { failed = "aside"; failures += 1; }
      for (const [place, chosen] of conditions) {
        if (failures > 1) break;
        if (!values[place].some((value) => chosen.has(value))) { failed = place; failures += 1; }
      }
      if (failures > 1) continue;
      if (failures) {
        loosened.set(failed, (loosened.get(failed) || 0) + 1);
        const place = failed === "aside" ? bucket : failed;
        if (place !== "q") for (const value of values[place]) counts[firstCode[place] + value] += 1;
        continue;
      }
      hits.push(index);
      for (let each = 0; each < own.length; each++) counts[own[each]] += 1;
    }
    return { hits, counts, loosened };
  };

  const ORDERS = {
    newest: null,
    design: (a, b) => a.row[VALUES][1][0] - b.row[VALUES][1][0],
    size: (a, b) => b.row[SIZE] - a.row[SIZE],
  };

  const counted = () => `${number.format(found.length)} ${found.length === 1 ? "study" : "studies"}`;

  // A screen reader hears how many studies there are once the typing pauses.
  let telling = 0;
  const tell = (words = () => counted() + (found.length ? "" : ". Ways to loosen the conditions follow.")) => {
    clearTimeout(telling);
    telling = setTimeout(() => { byId("told").textContent = words(); }, PAUSE);
  };

  const refresh = (keep = isAsked() ? PAGE : FIRST) => {
    const { hits, counts, loosened } = filter();
    found = hits.map((index) => studies[index]);
    if (ORDERS[view.sort]) found.sort(ORDERS[view.sort]);
    shown = keep;
    document.documentElement.classList.toggle("asking", isAsked());
    byId("find-title").textContent = isAsked() ? "Studies found" : "All studies";
    byId("count").textContent = counted() + (loaded < expected ? `, loading ${number.format(size)}` : "");
    drawCounts(counts);
    drawChosen();
    drawResults();
    drawEmpty(loosened);
  };

  // ---- draw --------------------------------------------------------------------------------------------------
  // Text reaches the page as text only (append, textContent): nothing in a record is ever read as markup.

  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  const drawFacets = () => {
    const narrow = matchMedia("(max-width: 52rem)").matches;
    if (narrow) document.querySelector(".filters").open = false;
    byId("facets").replaceChildren(...facets.map((facet, place) => {
      const list = make("ul", { className: facet.values.length > 12 ? "tall" : "" });
      facet.values.forEach(([, label], value) => {
        const box = make("input", { type: "checkbox", value: String(value) });
        box.dataset.place = String(place);
        list.append(make("li", {}, make("label", {}, box, make("span", { className: "name" }, label), make("span", { className: "tally" }))));
      });
      const legend = make("legend", { className: "hidden" }, facet.name);
      return make("details", { className: "facet", open: !narrow && place < 2, hidden: facet.hidden || !facet.values.length },
        make("summary", {}, facet.name), make("fieldset", {}, legend, list));
    }));
  };

  let tallies = []; // the labels in the order of the codes
  const drawCounts = (counts) => {
    if (tallies.length !== codes) tallies = [...document.querySelectorAll("#facets label")].map((label) => ({ label, box: label.firstChild, shown: -1 }));
    tallies.forEach((tally, code) => {
      if (tally.shown !== counts[code]) tally.label.lastChild.textContent = number.format(counts[code]);
      tally.shown = counts[code];
      tally.label.classList.toggle("none", !counts[code] && !tally.box.checked);
    });
  };

  const drop = (label, action) => {
    const button = make("button", { type: "button", className: "chosen-one" }, label, make("span", { ariaHidden: "true" }, " ×"));
    button.setAttribute("aria-label", `Remove the filter ${label}`);
    button.addEventListener("click", () => { action(); changed(); byId("q").focus(); });
    return make("li", {}, button);
  };

  const unchoose = (place, value) => {
    const chosen = view.chosen.get(place);
    chosen.delete(value);
    if (!chosen.size) view.chosen.delete(place);
    const box = document.querySelector(`#facets input[data-place="${place}"][value="${value}"]`);
    if (box) box.checked = false;
  };

  const drawChosen = () => {
    const chips = [];
    for (const [place, chosen] of view.chosen)
      for (const value of chosen) {
        const label = value < 0 ? "a value no study has" : facets[place].values[value][1];
        chips.push(drop(`${facets[place].name}: ${label}`, () => unchoose(place, value)));
      }
    byId("chosen").replaceChildren(...chips);
    byId("chosen").hidden = !chips.length;
    byId("clear").hidden = !isAsked();
  };

  // No line begins with a dot or ends within "CAPS-5"; most facts need no element for that.
  const parts = (facts) => {
    if (!facts.includes("-")) return [facts.replaceAll(" · ", "\u00a0· ")];
    return facts.split(" · ").flatMap((part, place) =>
      [place ? "\u00a0· " : "", part.includes("-") ? make("span", { className: "part" }, part) : part]);
  };

  const drawStudy = (asked) => {
    const { row, words } = asked;
    const heading = make("h3", {}, make("a", { href: `studies/${encodeURIComponent(row[PMID])}.html` },
      ...(row[RETRACTED] ? [make("strong", { className: "stop-word" }, "RETRACTED:"), " "] : []), row[TITLE]));
    const facts = make("p", { className: "facts" }, make("span", { className: "design" }, designOf(row)[1]));
    if (row[CONFIRMED]) facts.append(" ", make("span", { className: "confirmed", title: "PubMed's own publication types say the same" }, "✓ confirmed by PubMed"));
    const flag = facets.findIndex((facet) => facet.key === "flag");
    for (const label of labels(row, flag).filter((name) => status.includes(name)))
      facts.append(" ", make("span", { className: "chip " + (label === status[0] ? "chip-stop" : "chip-care") }, label));
    if (row[FACTS]) facts.append(" ", make("span", { className: "said" }, ...parts(row[FACTS])));
    const study = make("li", { className: "study" }, heading,
      make("p", { className: "meta" }, `${row[BYLINE]} · ${row[SOURCE]} · `, make("span", { className: "number" }, `PMID ${row[PMID]}`)), facts);
    if (row[RETRACTED]) study.append(make("p", { className: "quiet" }, "Results are not shown."));
    else if (words?.[CONCLUSION]) study.append(make("p", { className: "quote" }, make("span", { className: "label" }, "Authors conclude:"), ` “${words[CONCLUSION]}”`));
    if (row[ASIDE]) study.append(make("p", { className: "quiet" }, `Set aside: ${row[ASIDE]}`));
    const label = make("span", {}, "Copy citation");
    const button = make("button", { type: "button", className: "copy" }, label, make("span", { className: "hidden" }, ` of PMID ${row[PMID]}`));
    button.addEventListener("click", async () => {
      const [reference] = await references([asked]);
      if (reference) copying.copy(reference[LINE], button, label, byId("told"));
    });
    study.append(make("p", { className: "act" }, button));
    return study;
  };

  const drawResults = () => {
    byId("results").replaceChildren(...found.slice(0, shown).map(drawStudy));
    byId("more").hidden = found.length <= shown;
    for (const id of ["csv", "ris", "bibtex"]) byId(id).disabled = !found.length;
  };

  const drawEmpty = (loosened) => {
    const box = byId("empty");
    box.hidden = found.length > 0 || loaded < expected / 2;
    if (box.hidden) return;
    const ways = [...loosened].sort((a, b) => b[1] - a[1]).map(([what, count]) => {
      const [label, action] =
        what === "q" ? [`without the words “${view.q.trim()}”`, () => { view.q = ""; byId("q").value = ""; }]
        : what === "aside" ? ["with those set aside", () => { view.aside = true; byId("aside").checked = true; }]
        : [`whatever the ${facets[what].name.toLowerCase()}`, () => { for (const value of [...view.chosen.get(what)]) unchoose(what, value); }];
      const button = make("button", { type: "button" }, `${number.format(count)} ${count === 1 ? "study" : "studies"} ${label}`);
      button.addEventListener("click", () => { action(); changed(); byId("q").focus(); });
      return make("li", {}, button);
    });
    box.replaceChildren(make("p", {}, make("strong", {}, size ? "No study matches all of this." : "The library holds no study yet.")),
      ...(ways.length ? [make("p", {}, "Loosen one condition:"), make("ul", { className: "plain" }, ...ways)]
        : size ? [make("p", {}, "Loosening one condition is not enough: try fewer words, or clear all.")] : []));
  };

  // ---- save --------------------------------------------------------------------------------------------------

  const save = (name, type, text) => {
    const address = URL.createObjectURL(new Blob([text], { type }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  };

  const year = (row) => { const place = facets.findIndex((facet) => facet.key === "year"); return labels(row, place)[0] || ""; };

  // A cell that begins like a formula is made text, or a spreadsheet would run it.
  const cell = (value) => {
    const text = String(value);
    return `"${(/^[=+\-@\t\r]/.test(text) ? "'" + text : text).replaceAll('"', '""')}"`;
  };

  const csv = () => {
    const header = ["PMID", "Title", "Authors", "Journal", "Published in", "DOI", "Confirmed by PubMed", "Participants",
      ...facets.filter((facet) => !facet.hidden).map((facet) => facet.name), "Authors conclude", "Set aside", "PubMed"];
    const lines = found.map(({ row, words }) => [row[PMID], (row[RETRACTED] ? "RETRACTED: " : "") + row[TITLE],
      words ? words[AUTHORS].join("; ") : row[BYLINE], words?.[JOURNAL] || "", year(row), words?.[DOI] || "",
      row[CONFIRMED] ? "yes" : "no", row[SIZE] || "", ...facets.flatMap(({ hidden }, place) => (hidden ? [] : [labels(row, place).join("; ")])),
      words?.[CONCLUSION] || "", row[ASIDE], `https://pubmed.ncbi.nlm.nih.gov/${row[PMID]}/`]);
    return "\ufeff" + [header, ...lines].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
  };

  // References are written by the same program that writes the exports, and loaded when somebody wants one.
  const [LINE, BIBTEX, RIS] = Array(3).keys();
  const cited = new Map();
  const waitingFor = new Map();
  const loadReferences = (part) => {
    if (!waitingFor.has(part))
      waitingFor.set(part, new Promise((resolve, reject) => load(`cite-${part}.js`, resolve, () => { waitingFor.delete(part); reject(); })));
    return waitingFor.get(part);
  };
  const cite = ([part, rows]) => cited.set(part, rows);
  const partOf = (study) => Math.floor(study.place / partSize) + 1;
  const references = async (asked) => {
    try {
      await Promise.all([...new Set(asked.map(partOf))].map(loadReferences));
    } catch {
      return [];
    }
    return asked.map((study) => cited.get(partOf(study))[study.place % partSize]);
  };

  const saveReferences = async (name, type, field, between, end) => {
    const rows = await references(found);
    if (rows.length) saved(name, type, rows.map((row) => row[field]).join(between).replaceAll("\n", end));
  };

  const saved = (name, type, text) => {
    save(name, type, text);
    const words = `${counted()} saved as ${name}.`;
    tell(() => words);
  };

  // ---- listen ------------------------------------------------------------------------------------------------

  const changed = () => { writeAddress(); refresh(); tell(); };

  let waiting = 0;
  let writing = 0;
  let took = 0;
  const typed = () => {
    const start = performance.now();
    refresh();
    tell();
    took = performance.now() - start;
    // A browser counts how often an address is written, and refuses at some time.
    clearTimeout(writing);
    writing = setTimeout(writeAddress, PAUSE);
  };
  byId("q").addEventListener("input", (event) => {
    view.q = event.target.value;
    clearTimeout(waiting);
    if (took > LONG) waiting = setTimeout(typed, SETTLE);
    else typed();
  });
  document.querySelector(".ask").addEventListener("submit", (event) => event.preventDefault());
  byId("facets").addEventListener("change", ({ target }) => {
    const place = Number(target.dataset.place);
    const value = Number(target.value);
    if (target.checked) view.chosen.set(place, (view.chosen.get(place) || new Set()).add(value));
    else unchoose(place, value);
    changed();
  });
  byId("sort").addEventListener("change", (event) => { view.sort = event.target.value; changed(); });
  byId("aside").addEventListener("change", (event) => { view.aside = event.target.checked; changed(); });
  byId("clear").addEventListener("click", () => {
    view = { q: "", chosen: new Map(), sort: view.sort, aside: false };
    byId("q").value = "";
    byId("aside").checked = false;
    for (const box of document.querySelectorAll("#facets input:checked")) box.checked = false;
    changed();
    byId("q").focus();
  });
  byId("more").addEventListener("click", () => {
    const next = shown;
    shown += PAGE;
    drawResults();
    byId("results").children[next]?.querySelector("a").focus();
  });
  byId("csv").addEventListener("click", () => saved("studies.csv", "text/csv", csv()));
  byId("ris").addEventListener("click", () => saveReferences("studies.ris", "application/x-research-info-systems", RIS, "", "\r\n"));
  byId("bibtex").addEventListener("click", () => saveReferences("studies.bib", "application/x-bibtex", BIBTEX, "\n", "\n"));
  addEventListener("hashchange", readAddress);

  return { begin, add, describe, cite };
})();
