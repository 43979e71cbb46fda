const report = JSON.parse(document.getElementById('report').textContent);
const page = document.getElementById('page');
const names = report.targets.map(target => target.name);
const colour = name => `var(--c${names.indexOf(name) % 8})`;
const counts = [...new Set(report.results.map(result => result.machines))];
const chosen = {machines: counts[counts.length - 1], time: null, timeline: null, latency: null};
const swatch = fill => element('span', {class: 'swatch', style: 'background:' + fill});
const legend = entries => element('div', {class: 'legend'},
    entries.map(([name, fill]) => element('span', {}, swatch(fill), name)));
const results = () => report.results.filter(result => result.machines === chosen.machines);

function section(title, about, ...content) {
  return [element('h2', {}, title), element('p', {class: 'about'}, about), ...content];
}

function choice(label, options, current, pick) {
  if (options.length < 2) {
    return null;
  }
  return element('div', {class: 'choice'}, element('span', {}, label), options.map(([value, text]) =>
    element('button', {type: 'button', 'aria-pressed': String(value === current), onclick: () => { pick(value); draw(); }}, text)));
}

function table(headings, rows) {
  return element('div', {class: 'card'}, element('table', {},
    element('thead', {}, element('tr', {}, headings.map(text => element('th', {class: ['target', 'failures'].includes(text) ? 'text' : null}, text)))),
    element('tbody', {}, rows.map(row => element('tr', {}, row.map(cell =>
      cell instanceof Node && cell.nodeName === 'TD' ? cell : element('td', {}, cell)))))));
}

function head() {
  const rounds = Math.max(0, ...report.results.map(result => result.rounds.length));
  const parts = [report.targets.length === 1 ? names[0] : names.length + ' targets',
    counts.join(', ') + ' machines', rounds === 1 ? 'one round' : rounds + ' rounds',
    new Date(report.startedAt).toLocaleString('en-GB', {dateStyle: 'long', timeStyle: 'short'})];
  document.title = report.title;
  return [element('h1', {}, report.title), element('p', {class: 'about'}, parts.join(' · '),
    report.interrupted ? element('span', {class: 'bad'}, ' · ended before it was over') : null)];
}

function warnings() {
  if (!report.warnings.length) {
    return null;
  }
  const list = element('ul', {}, report.warnings.map(text => element('li', {}, text)));
  return report.warnings.length <= 4 ? element('div', {class: 'note'}, list)
      : element('details', {class: 'note'},
        element('summary', {}, report.warnings.length + ' things to know before believing the figures'), list);
}

function rank(measure, target) {
  const standing = report.standings.find(s => s.machines === chosen.machines && s.measure.startsWith(measure));
  const row = standing && standing.rows.find(r => r.target === target);
  return row ? String(row.rank) : '–';
}

function withBar(text, share, fill) {
  return element('td', {}, text, element('span', {class: 'bar',
    style: `width:${Math.max(2, 100 * share).toFixed(1)}%;background:${fill}`}));
}

function summary() {
  const of = results();
  const most = Math.max(1, ...of.map(result => result.bytesPerSecond.median));
  const slowest = Math.max(1e-9, ...of.map(result => result.probe.fromDue.p99));
  const sum = (result, ending) => result.rounds.reduce((all, round) => all + (round.boots[ending] || 0), 0);
  const rows = of.map(result => {
    const probe = result.probe.fromDue;
    const failed = sum(result, 'failed');
    return [
      element('td', {}, swatch(colour(result.target)), result.target),
      rank('throughput', result.target),
      withBar(rateText(result.bytesPerSecond.median), result.bytesPerSecond.median / most, colour(result.target)),
      result.rounds.length > 1 ? bytesText(result.bytesPerSecond.min) + ' – ' + bytesText(result.bytesPerSecond.max) : '–',
      result.ratio === null ? '–' : '× ' + result.ratio.toFixed(2),
      result.cpuSecondsPerGiB === null ? '–' : amount(result.cpuSecondsPerGiB) + ' s',
      rank('probe', result.target),
      probe.count ? millisText(probe.p50) : '–',
      probe.count ? withBar(millisText(probe.p99), probe.p99 / slowest, colour(result.target)) : '–',
      probe.count ? millisText(probe.max) : '–',
      String(sum(result, 'done')), String(sum(result, 'cut off')),
      element('td', {class: failed ? 'bad' : ''}, String(failed))];
  });
  return section('Results', 'Throughput is of bodies whose requests did not fail, the median of the rounds. Probes ask for a script '
    + 'on a new connection at a constant rate, and are timed from when they were due. Those that cannot be told apart share a rank.',
    table(['target', 'rank', 'throughput', 'rounds', 'to baseline', 'CPU / GiB', 'probe rank', 'probe p50', 'p99', 'max', 'booted', 'cut off', 'failed'], rows));
}

function throughput() {
  const lines = [];
  let seconds = 0, most = 0;
  for (const result of results()) {
    const sorted = [...result.rounds].sort((a, b) => a.bytesPerSecond - b.bytesPerSecond);
    const middle = sorted[Math.floor((sorted.length - 1) / 2)];
    for (const round of result.rounds) {
      const step = round.throughput.stepMillis / 1000;
      const group = Math.max(1, Math.round(Math.min(0.5, round.seconds / 20) / step));
      const points = [];
      const bytes = round.throughput.bytes;
      for (let i = 0; (i + group) * step <= round.seconds + step / 2 || (i < bytes.length && !points.length); i += group) {
        const slice = bytes.slice(i, i + group);
        points.push([(i + slice.length / 2) * step, slice.reduce((a, b) => a + b, 0) / (slice.length * step)]);
      }
      points.forEach(point => { most = Math.max(most, point[1]); });
      seconds = Math.max(seconds, round.seconds);
      lines.push({name: result.target, colour: colour(result.target), points, faint: round !== middle});
    }
  }
  if (!lines.some(line => line.points.length)) {
    return null;
  }
  lines.sort((a, b) => Number(b.faint) - Number(a.faint));
  return section('Throughput over time', 'Body bytes as the machines took them; the strong line is the middle round, the faint ones are the others.',
    element('div', {class: 'card'}, legend(results().map(result => [result.target, colour(result.target)])),
      lineChart(lines, linearAxis(seconds, at => amount(at) + ' s'), linearAxis(most, at => at ? rateText(at) : '0'))));
}

function latencyCard(title, pick, size) {
  const lines = results().map(result => ({name: result.target, colour: colour(result.target),
    points: pick(result).curve.filter(point => point.percentile < 100).map(point => [point.percentile, Math.max(point.millis, 0.001)])
  })).filter(line => line.points.length);
  if (!lines.length) {
    return null;
  }
  const all = lines.flatMap(line => line.points);
  const highest = Math.min(99.999, Math.max(90, ...all.map(point => point[0])));
  lines.forEach(line => { line.points = line.points.filter(point => point[0] <= highest); });
  const values = all.map(point => point[1]);
  return element('div', {class: 'card'}, element('h3', {}, title), lineChart(lines, percentileAxis(highest),
    logAxis(Math.min(...values), Math.max(...values), millisText), size));
}

function latencies() {
  const stages = results()[0] ? results()[0].stages.map(stage => stage.stage) : [];
  const find = (result, name) => result.stages.find(stage => stage.stage === name) || {whole: {curve: []}, firstByte: {curve: []}};
  const probes = latencyCard('probes, from when they were due', result => result.probe.fromDue, {});
  const cards = [];
  const half = {width: 520, height: 280};
  for (const name of stages) {
    cards.push(latencyCard(name + ', to the first byte', result => find(result, name).firstByte, half));
    cards.push(latencyCard(name + ', to the last byte', result => find(result, name).whole, half));
  }
  const drawn = cards.filter(card => card);
  if (!drawn.length && !probes) {
    return null;
  }
  return section('Latency', 'How long the slowest took: percentiles on a scale of nines, times on a log scale, all rounds together. Times to the last byte are of whole, good answers; times to the first byte also of those that the end of the storm cut off.',
    legend(results().map(result => [result.target, colour(result.target)])), probes, element('div', {class: 'two'}, drawn));
}

const stageColour = name => `var(--s-${name})`;

function timeline() {
  const with_ = results().filter(result => result.timeline.spans.length);
  if (!with_.length) {
    return null;
  }
  const result = with_.find(r => r.target === chosen.timeline) || with_[0];
  const stages = result.stages.map(stage => stage.stage);
  const canvas = element('canvas', {role: 'img', 'aria-label': 'a bar a machine'});
  requestAnimationFrame(() => paintTimeline(canvas, result));
  const entries = stages.map(name => [name, stageColour(name)]);
  if (result.timeline.spans.some(span => span[4] === 'failed')) {
    entries.push(['failed', 'var(--bad)']);
  }
  if (result.timeline.spans.some(span => span[4] === 'vanished')) {
    entries.push(['vanished', 'var(--soft)']);
  }
  return section('Machines', 'A bar a machine in the first round, from the first to the last; each stage from the wish to its last byte. '
    + 'A red end is a failure, a grey end a machine that vanished; pale is what the end of the storm cut off.',
    choice('target', with_.map(r => [r.target, r.target]), result.target, value => { chosen.timeline = value; }),
    element('div', {class: 'card'}, legend(entries), canvas));
}

function paintTimeline(canvas, result) {
  const spans = result.timeline.spans;
  const machines = Math.max(...spans.map(span => span[0])) + 1;
  const end = Math.max(1, ...spans.map(span => span[3]));
  const row = machines > 400 ? Math.max(0.3, 800 / machines) : machines > 100 ? 3 : machines > 30 ? 6 : 14;
  const left = 52, bottom = 24, width = canvas.clientWidth, height = machines * row + bottom;
  const scale = devicePixelRatio || 1;
  canvas.style.height = height + 'px';
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext('2d');
  pen.scale(scale, scale);
  const style = getComputedStyle(document.documentElement);
  const ink = name => style.getPropertyValue(name);
  const px = millis => left + millis / end * (width - left - 8);
  const gap = row > 4 ? 1 : 0;
  for (const [machine, stage, from, to, ending] of spans) {
    pen.globalAlpha = ending === 'cut off' ? 0.55 : 1;
    pen.fillStyle = ink('--s-' + stage);
    pen.fillRect(px(from), machine * row, Math.max(1, px(to) - px(from)), row - gap);
    if (ending === 'failed' || ending === 'vanished') {
      pen.fillStyle = ink(ending === 'failed' ? '--bad' : '--soft');
      pen.fillRect(Math.max(px(from), px(to) - 1), machine * row, 5, row - gap);
    }
  }
  pen.globalAlpha = 1;
  pen.fillStyle = ink('--soft');
  pen.font = '12px system-ui, "Liberation Sans", sans-serif';
  pen.textAlign = 'center';
  for (const at of niceSteps(end / 1000)) {
    pen.fillText(amount(at) + ' s', Math.min(px(at * 1000), width - 14), height - 6);
  }
  pen.textAlign = 'right';
  for (const at of [0, ...niceSteps(machines - 1).slice(1)]) {
    pen.fillText(String(Math.round(at)), left - 8, Math.min(height - bottom, Math.max(10, at * row + row / 2 + 4)));
  }
  canvas.onpointermove = event => {
    const box = canvas.getBoundingClientRect();
    const machine = Math.floor((event.clientY - box.top) / row);
    const mine = spans.filter(span => span[0] === machine).slice(0, 12);
    if (mine.length) {
      showTip(event, 'machine ' + machine + '\n' + mine.map(([, stage, from, to, ending]) =>
        `${stage}  ${millisText(from)} + ${millisText(to - from)}  ${ending}`).join('\n'));
    } else {
      hideTip();
    }
  };
  canvas.onpointerleave = hideTip;
}

function stagesTable() {
  const rows = [];
  for (const name of results()[0] ? results()[0].stages.map(stage => stage.stage) : []) {
    for (const result of results()) {
      const stage = result.stages.find(s => s.stage === name);
      const time = (of, millis) => of.count ? millisText(millis) : '–';
      const failures = Object.entries(stage.failures).map(([label, f]) => f.count + ' × ' + label + ' (' + f.example + ')').join(', ');
      rows.push([name, element('td', {class: 'text'}, swatch(colour(result.target)), result.target), String(stage.done),
        String(stage.cutOff), String(stage.vanished), String(stage.toldToWait), time(stage.firstByte, stage.firstByte.p50), time(stage.firstByte, stage.firstByte.p99),
        time(stage.whole, stage.whole.p50), time(stage.whole, stage.whole.p99), time(stage.whole, stage.whole.max),
        stage.rate.count ? rateText(stage.rate.p50) : '–', element('td', {class: 'text' + (failures ? ' long bad' : '')}, failures || 'none')]);
    }
  }
  return rows.length ? section('Stages', 'All rounds together. What failed is counted here and is part of no time and no rate.',
    table(['stage', 'target', 'done', 'cut off', 'vanished', 'told to wait', 'first byte p50', 'p99', 'last byte p50', 'p99', 'max', 'each p50', 'failures'], rows)) : null;
}

function bothViews() {
  const rows = [];
  const lines = [];
  let seconds = 0, most = 0;
  for (const result of results()) {
    for (const round of result.rounds) {
      for (const [stage, views] of Object.entries(round.sameView)) {
        rows.push([stage, element('td', {class: 'text'}, swatch(colour(result.target)), result.target), String(round.round), millisText(views.clientP50), millisText(views.serverP50),
          millisText(views.clientP99), millisText(views.serverP99), String(views.clientCount), String(views.serverCount)]);
      }
      if (round.view && round.view.samples.length > 1) {
        const points = round.view.samples.map(sample => [sample.seconds, sample.inFlight]);
        points.forEach(point => { seconds = Math.max(seconds, point[0]); most = Math.max(most, point[1]); });
        lines.push({name: result.target, colour: colour(result.target), points, faint: round.round > 1});
      }
    }
  }
  if (!rows.length && !lines.length) {
    return null;
  }
  return section('The server’s own view', 'The same percentiles from both ends: the machines’ from the wish to the last byte, the server’s from '
    + 'the histograms of its Prometheus endpoint, request head to last byte. The difference is connecting, queues in the kernel and the wire.',
    rows.length ? table(['stage', 'target', 'round', 'client p50', 'server p50', 'client p99', 'server p99', 'client saw', 'server saw'], rows) : null,
    lines.length ? element('div', {class: 'card'}, element('h3', {}, 'requests the server had in flight'),
      lineChart(lines, linearAxis(seconds, at => amount(at) + ' s'), linearAxis(most, at => amount(at)), {height: 200, step: true})) : null);
}

function generator() {
  const share = value => Math.round(100 * value) + ' %';
  const rows = results().flatMap(result => result.rounds.map(round => [
    element('td', {}, swatch(colour(result.target)), result.target), String(round.round), amount(round.seconds) + ' s', share(round.load.busiestLoop), share(round.load.waiting),
    share(round.load.probeLoop), amount(round.load.cpus, 2), result.probe.lag.count ? millisText(result.probe.lag.p99) : '–',
    round.cost ? amount(round.cost.cpuSeconds / round.seconds, 2) : '–', round.cost ? bytesText(round.cost.residentBytes) : '–']));
  return section('The generator', 'Where its busiest loop had next to no idle time, or its probes left late, the generator and not the server was measured.',
    table(['target', 'round', 'took', 'busiest loop ran', 'waited for a CPU', 'probe loop busy', 'CPUs used', 'probes late, p99', 'server CPUs used', 'server memory'], rows));
}

function conditions() {
  const c = report.conditions;
  const entries = [['command line', element('code', {}, c.commandLine.map(word => /^[\w@%+=:,.\/-]+$/.test(word) ? word : "'" + word.replaceAll("'", "'\\''") + "'").join(' '))], ['kernel', c.kernel], ['CPU', c.cpu + ' × ' + c.cpus],
    ['memory', bytesText(c.memoryBytes)], ['JDK', c.jdk], ['Netty', c.netty + ', ' + c.transport], ['sluice-bench', c.bench],
    ['generator', c.clientThreads + (c.clientThreads === 1 ? ' event loop' : ' event loops') + ' and one for probes, ' + (c.clientCpus ? 'on CPUs ' + c.clientCpus : 'on any CPU')],
    ['servers', c.serverCpus ? 'on CPUs ' + c.serverCpus : 'not pinned']];
  for (const target of report.targets) {
    entries.push([target.name, element('span', {}, target.url, target.server ? ', ' + target.server : '',
      target.command ? [', started by ', element('code', {}, target.command)] : null)]);
  }
  return section('Conditions', 'Figures hold for the machine and the settings they were made with.',
    element('div', {class: 'card'}, element('dl', {}, entries.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]))));
}

function draw() {
  hideTip();
  page.replaceChildren(...[head(), warnings(),
    choice('machines', counts.map(count => [count, String(count)]), chosen.machines, value => { chosen.machines = value; }),
    summary(), throughput(), latencies(), timeline(), stagesTable(), bothViews(), generator(), conditions()].flat().filter(part => part));
}

document.body.append(tip);
draw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
addEventListener('resize', draw);
