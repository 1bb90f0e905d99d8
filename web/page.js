// The page: asks /api/v1/status every two seconds and draws it. Text only ever goes in as text.
"use strict";

const ROWS_SHOWN = 10;

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

const isNumber = (value) => typeof value === "number";
const show = (value) => (isNumber(value) ? value.toLocaleString("en") : value === null ? "–" : String(value));

function cells(values) {
  const row = element("tr");
  for (const value of values) row.append(element("td", show(value), isNumber(value) ? "number" : ""));
  return row;
}

// A station counts by topic or table ("records, u.pin"): the card shows the sums.
function sums(counts) {
  const totals = new Map();
  for (const count of counts) {
    const name = count.name.split(", ")[0];
    totals.set(name, (totals.get(name) || 0) + count.value);
  }
  return totals;
}

// By station: what failed, where, and what to try.
function drawProblems(problems) {
  document.getElementById("problems").replaceChildren(
    ...problems.map((problem) => element("li", `${problem.station}: ${problem.text}`)));
}

function drawStations(stations) {
  const busy = stations.filter((station) => station.counts.length > 0);
  document.getElementById("stations").replaceChildren(...busy.map((station) => {
    const item = element("li");
    item.append(element("strong", station.name));
    const list = element("dl");
    for (const [name, value] of sums(station.counts)) list.append(element("dt", name), element("dd", show(value)));
    item.append(list);
    return item;
  }));
}

function drawTables(tables) {
  document.getElementById("tables").replaceChildren(
    ...tables.map((table) => cells([table.name, table.rows, table.files, table.version])));
}

function drawLedger(ledger) {
  const runs = [];
  for (const kind of ledger.batch ? ledger.batch.kinds : []) runs.push([`batch ${kind.kind}`, kind]);
  if (ledger.batch) runs.push(["batch, all", ledger.batch.total]);
  for (const [name, one] of Object.entries(ledger.stream || {})) runs.push([`stream ${name}`, one]);
  document.getElementById("ledger").replaceChildren(...runs.map(([name, one]) => {
    const sum = one.written + one.quarantined + one.duplicates + one.late;
    return cells([name, one.read, one.written, one.quarantined, one.duplicates, one.late, sum === one.read ? "yes" : "NO"]);
  }));
}

function drawSchedule(schedule) {
  document.getElementById("next-run").textContent = `Next: ${schedule.next.reason}`;
  document.getElementById("runs").replaceChildren(...schedule.runs.map((run) => {
    const one = run.ledger;
    const outcome = one
      ? `read ${show(one.read)} = written ${show(one.written)} + quarantined ${show(one.quarantined)} + duplicates ${show(one.duplicates)} + late ${show(one.late)}`
      : run.reason;
    const started = run.started_ms ? new Date(run.started_ms).toISOString().slice(0, 19).replace("T", " ") : null;
    return cells([run.id, run.date, run.trigger, run.state, started, run.duration_us ? run.duration_us / 1e6 : null, outcome]);
  }));
}

function answerTable(rows) {
  const names = Object.keys(rows[0]);
  const counted = names.findLast((name) => rows.some((row) => isNumber(row[name])));
  const most = Math.max(...rows.map((row) => row[counted] || 0), 1);
  const table = element("table");
  const head = element("tr");
  for (const name of names) head.append(element("th", name, rows.some((row) => isNumber(row[name])) ? "number" : ""));
  head.append(element("th", ""));
  table.append(head);
  for (const row of rows) {
    const line = cells(names.map((name) => row[name]));
    const cell = element("td", undefined, "bar");
    const bar = element("div");
    bar.style.width = `${(100 * (row[counted] || 0)) / most}%`;
    cell.append(bar);
    line.append(cell);
    table.append(line);
  }
  return table;
}

function drawAnswers(answers) {
  const drawn = Object.entries(answers || {}).map(([name, rows]) => {
    const section = element("section");
    section.append(element("h3", `${name} (${rows.length} rows)`));
    if (rows.length > 0) section.append(answerTable(rows.slice(0, ROWS_SHOWN)));
    if (rows.length > ROWS_SHOWN) {
      const more = element("details");
      more.append(element("summary", `${rows.length - ROWS_SHOWN} more`), answerTable(rows.slice(ROWS_SHOWN)));
      section.append(more);
    }
    return section;
  });
  if (drawn.length === 0) drawn.push(element("p", "No batch run yet: pinflow batch run"));
  document.getElementById("answers").replaceChildren(...drawn);
}

let answersShown = "";

async function refresh() {
  const summary = document.getElementById("summary");
  try {
    const status = await (await fetch("/api/v1/status")).json();
    summary.textContent = `${status.version} · up ${status.uptime_seconds} s · durability ${status.durability} · ${status.data_dir}`;
    drawProblems(status.problems);
    drawStations(status.stations);
    drawTables(status.tables);
    drawLedger(status.ledger);
    if (status.schedule) drawSchedule(status.schedule);
    const answers = JSON.stringify(status.answers);
    if (answers !== answersShown) drawAnswers(status.answers);
    answersShown = answers;
  } catch (error) {
    summary.textContent = `no answer from pinflow (${error.message}); is it still running?`;
  }
}

refresh();
setInterval(refresh, 2000);
