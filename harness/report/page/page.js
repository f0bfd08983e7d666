"use strict";
// What a reader does with the page. Numbers and verdicts come as they are in `data`; here they are looked up and counted.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const at = (id) => document.getElementById(id);
  const every = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, text, attributes = {}) => {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };

  const data = read("data");
  const systems = data.systems;
  const table = at("table");
  const rows = every("tbody tr", table);
  const topics = every("[data-topic] .fold", table).map((button) => button.closest("th"));
  const keyOf = (name) => topics.map((th) => th.dataset.topic).filter((key) => key.startsWith(name));
  const OPEN = [...keyOf("etl-run"), ...keyOf("setup")];

  // The state of the page, which its address carries.
  const initial = () => ({
    shown: systems.map((_, index) => index),
    marked: [],
    folded: topics.map((th) => th.dataset.topic).filter((key) => !OPEN.includes(key)),
    sort: data.order,
    descending: false,
    by: data.order,
    first: leaders()[0],
    second: leaders()[1],
    scenario: "etl",
  });

  // The two tools with the lowest numbers of the first ranking, each by its best profile.
  function leaders() {
    const values = data.entries[data.order].values;
    const tools = new Map();
    const ranked = systems.map((_, index) => index).filter((index) => systems[index].ranking === 0 && values[index] !== null);
    for (const index of ranked.sort((one, other) => values[one] - values[other])) {
      if (!tools.has(systems[index].tool)) tools.set(systems[index].tool, index);
    }
    const [first, second] = tools.values();
    return [first ?? Math.min(1, systems.length - 1), second ?? 0];
  }

  let state = initial();

  // --- The address ---------------------------------------------------------------------------------------------------
  const numbers = (text) => (text ? text.split(",").map(Number).filter((n) => Number.isInteger(n) && n in systems) : []);

  function toAddress() {
    const told = new URLSearchParams();
    const usual = initial();
    const put = (name, value, unlike) => { if (String(value) !== String(unlike)) told.set(name, value); };
    put("shown", state.shown.join(","), usual.shown.join(","));
    put("marked", state.marked.join(","), "");
    put("folded", state.folded.join(","), usual.folded.join(","));
    for (const name of ["sort", "descending", "by", "first", "second", "scenario"]) put(name, state[name], usual[name]);
    const text = told.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  }

  function fromAddress() {
    const fragment = location.hash.slice(1);
    if (fragment.startsWith("about-")) return;
    const told = new URLSearchParams(fragment);
    state = initial();
    if (told.has("shown")) state.shown = numbers(told.get("shown"));
    if (told.has("marked")) state.marked = numbers(told.get("marked"));
    if (told.has("folded")) state.folded = told.get("folded").split(",").filter((key) => topics.some((th) => th.dataset.topic === key));
    for (const name of ["sort", "by"]) if (Object.hasOwn(data.entries, told.get(name) ?? "")) state[name] = told.get(name);
    state.descending = told.get("descending") === "true";
    for (const name of ["first", "second"]) if (numbers(told.get(name) ?? "").length) state[name] = Number(told.get(name));
    if (["etl", "noop", "retry", "exhaustion"].includes(told.get("scenario"))) state.scenario = told.get("scenario");
  }

  // --- Looking up and counting -----------------------------------------------------------------------------------------
  const valueOf = (key, index) => data.entries[key].values?.[index] ?? null;

  function rankOf(key, index) {
    const lower = data.entries[key].lower?.[index];
    return lower == null ? null : 1 + lower.filter((other) => state.shown.includes(other)).length;
  }

  function order(key, descending) {
    const sign = descending ? -1 : 1;
    const text = (index) => rows.find((row) => Number(row.dataset.system) === index)
      .querySelector(`[data-entry="${key}"]`).textContent;
    return systems.map((_, index) => index).sort((one, other) => {
      // Modes stay apart, whichever way.
      if (systems[one].place !== systems[other].place) return systems[one].place - systems[other].place;
      const [a, b] = [valueOf(key, one), valueOf(key, other)];
      // What has no number comes last, whichever way.
      if (a === null && b === null) return data.entries[key].values ? one - other : sign * text(one).localeCompare(text(other));
      if (a === null || b === null) return a === null ? 1 : -1;
      return sign * (a - b);
    });
  }

  function ratio(key, first, second) {
    const ratios = data.entries[key].ratios ?? {};
    if (first === second) return null;
    const straight = ratios[`${first}/${second}`];
    if (straight) return straight;
    const turned = ratios[`${second}/${first}`];
    if (!turned) return null;
    const [value, low, high] = turned;
    return low === undefined ? [1 / value] : [1 / value, 1 / high, 1 / low];
  }

  function verdict(key, first, second) {
    const lower = data.entries[key].lower;
    if (systems[first].ranking === null || systems[first].ranking !== systems[second].ranking) return "not ranked together";
    if (!lower || lower[first] === null || lower[second] === null) return "not known: too few laps";
    if (lower[first].includes(second)) return `${systems[first].name} has more`;
    if (lower[second].includes(first)) return `${systems[first].name} has less`;
    return "not known";
  }

  const brief = (value) => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

  // --- Drawing -----------------------------------------------------------------------------------------------------------
  function drawTable() {
    const place = order(state.sort, state.descending);
    const body = table.tBodies[0];
    for (const index of place) {
      const row = rows.find((each) => Number(each.dataset.system) === index);
      row.classList.toggle("hidden", !state.shown.includes(index));
      row.classList.toggle("marked", state.marked.includes(index));
      row.querySelector(".mark").setAttribute("aria-pressed", state.marked.includes(index));
      body.append(row);
    }
    for (const th of topics) {
      const key = th.dataset.topic;
      const folded = state.folded.includes(key);
      const heads = every(`thead tr:last-child [data-topic="${key}"]`, table);
      th.querySelector(".fold").setAttribute("aria-expanded", !folded);
      th.colSpan = folded ? 1 : heads.length;
      // A folded topic keeps its first measure: its summary.
      const summary = heads[0].dataset.entry;
      for (const cell of every(`thead tr:last-child [data-topic="${key}"], tbody [data-topic="${key}"]`, table)) {
        cell.classList.toggle("hidden", folded && cell.dataset.entry !== summary);
      }
    }
    for (const head of every("thead [data-entry]", table)) {
      const sorted = head.dataset.entry === state.sort;
      head.setAttribute("aria-sort", sorted ? (state.descending ? "descending" : "ascending") : "none");
    }
    drawHeat();
    drawPrinted();
  }

  function printed(cell) {
    const text = cell.textContent;
    if (!cell.classList.contains("number") || text.startsWith("n/a")) return make("td", text);
    // A number may stand above its interval, and neither is torn.
    const own = make("td", "", { class: "number" });
    for (const part of text.split(/ (?=[[(])/)) own.append(make("span", part), " ");
    return own;
  }

  // Paper is too narrow for the whole table: there each topic is a table of its own, of what is selected, unfolded.
  function drawPrinted() {
    const shown = every("tbody tr:not(.hidden)", table);
    at("printed").replaceChildren(...topics.map((topic) => {
      const heads = every(`thead tr:last-child [data-topic="${topic.dataset.topic}"] .sort`, table);
      const own = make("table", "");
      own.createCaption().textContent = topic.textContent;
      own.createTHead().insertRow().append(...["system", ...heads.map((head) => head.textContent)].map((head) => make("th", head)));
      const body = own.createTBody();
      for (const row of shown) {
        const cells = every(`td[data-topic="${topic.dataset.topic}"]`, row);
        body.insertRow().append(make("th", systems[Number(row.dataset.system)].name), ...cells.map(printed));
      }
      return own;
    }));
  }

  function drawHeat() {
    for (const [key, entry] of Object.entries(data.entries)) {
      const values = (entry.values ?? []).map((value, index) => (state.shown.includes(index) ? value : null));
      const known = values.filter((value) => value !== null);
      const [low, high] = [Math.min(...known), Math.max(...known)];
      for (const row of rows) {
        const cell = row.querySelector(`td[data-entry="${key}"]`);
        const value = values[Number(row.dataset.system)];
        let share = 0;
        if (value != null && high > low) {
          // By ratio where all are positive: spans differ a hundredfold.
          share = low > 0 ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
        }
        cell.style.backgroundColor = share > 0 ? `rgba(var(--heat), ${(share * 0.28).toFixed(3)})` : "";
      }
    }
  }

  function drawRanking() {
    const list = at("ranking");
    list.replaceChildren();
    at("by").value = state.by;
    let group = "";
    for (const index of order(state.by, false).filter((each) => state.shown.includes(each))) {
      if (systems[index].group !== group) list.append(make("li", systems[index].group, { class: "group" }));
      group = systems[index].group;
      const value = valueOf(state.by, index);
      const rank = rankOf(state.by, index);
      const item = make("li", "");
      item.append(make("span", rank === null ? "–" : `${rank}.`, { class: "rank" }));
      const told = value === null ? "no number" : `${brief(value)} ${data.entries[state.by].unit}`.trim();
      const trouble = systems[index].troubles.length ? ` (${systems[index].troubles.join(", ")})` : "";
      item.append(`${systems[index].name}: ${told}${trouble}`);
      list.append(item);
    }
  }

  function drawChoice() {
    for (const box of every("#choice input")) box.checked = state.shown.includes(Number(box.value));
  }

  function drawCompared() {
    at("first").value = state.first;
    at("second").value = state.second;
    const body = at("compared").tBodies[0];
    body.replaceChildren();
    for (const [key, entry] of Object.entries(data.entries)) {
      const times = entry.ratios ? ratio(key, state.first, state.second) : null;
      if (!times) continue;
      const [value, low, high] = times.map(brief);
      const row = make("tr", "", { "data-measure": key });
      row.append(make("th", entry.heading.replaceAll("`", ""), { scope: "row" }));
      row.append(make("td", low === undefined ? `${value}×` : `${value}× [${low}–${high}]`, { class: "number" }));
      row.append(make("td", verdict(key, state.first, state.second)));
      body.append(row);
    }
  }

  // --- Figures -----------------------------------------------------------------------------------------------------------
  const NARROW = 480; // CSS pixels
  const PAPER = 700; // CSS pixels: what A4 is wide between its margins
  let views = [];

  async function drawFigures() {
    const figures = read("figures");
    // On a telephone one line is too short for the legend.
    if (at("phases").clientWidth < NARROW) figures.phases.config.legend.columns = 1;
    const rowsOf = (spec) => new Set(Object.values(spec.datasets).flat().map((each) => each.tool)).size;
    for (const [id, spec] of Object.entries(figures)) {
      const before = rowsOf(spec);
      for (const [name, values] of Object.entries(spec.datasets)) {
        spec.datasets[name] = values.filter((each) => state.shown.includes(each.i));
      }
      // Each tool keeps the height that it has among all.
      if (id === "dumbbells" || id === "phases") spec.height *= Math.max(1, rowsOf(spec)) / Math.max(1, before);
    }
    figures.trials.height *= Math.max(1, state.shown.length) / systems.length;
    figures.trials.datasets.trials = data.trials
      .filter((trial) => trial.scenario === state.scenario && state.shown.includes(trial.i) && trial.total_s > 0)
      .map((trial) => ({ ...trial, cold: trial.cold ? "cold" : "warm", system: systems[trial.i].name }));
    const drawn = [];
    for (const [id, spec] of Object.entries(figures)) {
      drawn.push((await window.vegaEmbed(`#${id}`, spec, { actions: false, renderer: "svg" })).view);
    }
    views = drawn;
    document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn ?? 0) + 1);
  }

  function draw({ figures = true } = {}) {
    at("scenario").value = state.scenario;
    drawChoice();
    drawTable();
    drawRanking();
    drawCompared();
    if (figures) drawFigures();
  }

  function change(what, figures = true) {
    Object.assign(state, what);
    toAddress();
    draw({ figures });
  }

  // --- Taking it along -----------------------------------------------------------------------------------------------------
  function visible() {
    const heads = every("thead tr:last-child [data-entry]", table).filter((head) => !head.classList.contains("hidden"));
    const keys = heads.map((head) => head.dataset.entry);
    const lines = every("tbody tr", table).filter((row) => !row.classList.contains("hidden")).map((row) => [
      systems[Number(row.dataset.system)].name,
      ...keys.map((key) => row.querySelector(`[data-entry="${key}"]`).textContent),
    ]);
    return [["system", ...keys], ...lines];
  }

  const quoted = (words) => (/[",\n]/.test(words) ? `"${String(words).replaceAll('"', '""')}"` : String(words));
  const csv = (lines) => lines.map((line) => line.map((cell) => quoted(cell ?? "")).join(",")).join("\n") + "\n";

  function markdown([head, ...lines]) {
    const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "/")).join(" | ")} |`;
    return [line(head), line(head.map((_, index) => (index ? "--:" : ":--"))), ...lines.map(line)].join("\n") + "\n";
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A page that was opened from a file may be kept from the clipboard's own interface.
      const area = make("textarea", text);
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    at("told").textContent = "copied";
  }

  function save(name, text) {
    const link = make("a", "", { download: name, href: URL.createObjectURL(new Blob([text], { type: "text/csv" })) });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  function saveTrials() {
    const fields = ["system", ...Object.keys(data.trials[0] ?? {}).filter((name) => name !== "i")];
    save("trials.csv", csv([fields, ...data.trials.map((trial) => fields.map((name) => (name === "system" ? systems[trial.i].name : trial[name])))]));
  }

  function best() {
    const chosen = new Map();
    for (const index of order(data.order, false)) if (!chosen.has(systems[index].tool)) chosen.set(systems[index].tool, index);
    return [...chosen.values()].sort((one, other) => one - other);
  }

  // --- What a reader does --------------------------------------------------------------------------------------------------
  const toggled = (list, item) => (list.includes(item) ? list.filter((each) => each !== item) : [...list, item]);
  const on = (id, kind, act) => at(id).addEventListener(kind, act);

  every("#choice input").forEach((box) => box.addEventListener("change", () =>
    change({ shown: every("#choice input:checked").map((each) => Number(each.value)) })));
  on("all", "click", () => change({ shown: initial().shown }));
  on("best", "click", () => change({ shown: best() }));
  on("by", "change", (event) => change({ by: event.target.value }, false));
  on("first", "change", (event) => change({ first: Number(event.target.value) }, false));
  on("second", "change", (event) => change({ second: Number(event.target.value) }, false));
  on("scenario", "change", (event) => change({ scenario: event.target.value }));
  topics.forEach((th) => th.querySelector(".fold").addEventListener("click", () =>
    change({ folded: toggled(state.folded, th.dataset.topic) }, false)));
  every("thead [data-entry] .sort", table).forEach((button) => button.addEventListener("click", () => {
    const key = button.closest("th").dataset.entry;
    change({ sort: key, descending: state.sort === key && !state.descending }, false);
  }));
  rows.forEach((row) => row.querySelector(".mark").addEventListener("click", () =>
    change({ marked: toggled(state.marked, Number(row.dataset.system)) }, false)));
  on("copy-csv", "click", () => copy(csv(visible())));
  on("copy-md", "click", () => copy(markdown(visible())));
  on("save-trials", "click", saveTrials);
  // What was drawn as wide as a screen would be too small to read on paper.
  window.addEventListener("beforeprint", () => views.forEach((view) => view.width(PAPER).run()));
  window.addEventListener("afterprint", () => window.dispatchEvent(new Event("resize")));
  window.addEventListener("hashchange", () => { fromAddress(); draw(); });

  // A link to a definition opens what it is folded into.
  every('a[href^="#about-"]').forEach((link) => link.addEventListener("click", () => {
    at(link.getAttribute("href").slice(1)).closest("details").open = true;
  }));

  if (data.trials.length < data.trials_of_all) {
    at("sampled").textContent = `${data.trials.length} of ${data.trials_of_all} trials, drawn at random`;
  }
  fromAddress();
  draw();
})();
