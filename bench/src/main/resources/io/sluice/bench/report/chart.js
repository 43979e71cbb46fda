'use strict';
// Small drawing tools: elements, amounts as text, and a line chart in SVG with linear or log axes.

function element(name, attributes, ...children) {
  const svgNames = ['svg', 'g', 'path', 'line', 'text', 'circle', 'rect'];
  const made = svgNames.includes(name)
      ? document.createElementNS('http://www.w3.org/2000/svg', name)
      : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on')) {
      made.addEventListener(key.slice(2), value);
    } else if (value !== null && value !== undefined) {
      made.setAttribute(key, value);
    }
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) {
      made.append(child);
    }
  }
  return made;
}

function amount(value, digits) {
  return value.toLocaleString('en', {maximumSignificantDigits: digits || 3, useGrouping: false});
}

function bytesText(bytes) {
  for (const [unit, size] of [['TB', 1e12], ['GB', 1e9], ['MB', 1e6], ['KB', 1e3]]) {
    if (bytes >= 0.9995 * size) {
      return amount(bytes / size) + ' ' + unit;
    }
  }
  return Math.round(bytes) + ' B';
}

function rateText(bytes) {
  return bytesText(bytes) + '/s';
}

function millisText(millis) {
  if (millis < 1) {
    return Math.round(millis * 1000) + ' µs';
  }
  if (millis < 1000) {
    return amount(millis) + ' ms';
  }
  return millis < 120000 ? amount(millis / 1000) + ' s' : amount(millis / 60000) + ' min';
}

/** Round numbers between 0 and the largest value, about five of them. */
function niceSteps(largest) {
  const rough = largest / 5 || 1;
  const power = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough);
  const steps = [];
  for (let at = 0; at <= largest + step * 0.001; at += step) {
    steps.push(at);
  }
  return steps;
}

function linearAxis(largest, text) {
  const steps = niceSteps(largest);
  const top = Math.max(largest, steps[steps.length - 1]) || 1;
  return {place: value => value / top, ticks: steps.map(at => [at, text(at)]), text};
}

function logAxis(smallest, largest, text) {
  let from = Math.floor(Math.log10(smallest) * 3) / 3;
  const to = Math.max(Math.ceil(Math.log10(largest) * 3) / 3, from + 1);
  const place = value => Math.max(0, (Math.log10(value) - from) / (to - from));
  const ticks = [];
  const wide = to - from > 3;
  for (let power = Math.floor(from); power <= to; power++) {
    for (const n of wide ? [1] : [1, 2, 5]) {
      const at = n * Math.pow(10, power);
      if (Math.log10(at) >= from - 0.001 && Math.log10(at) <= to + 0.001) {
        ticks.push([at, text(at)]);
      }
    }
  }
  return {place, ticks, text};
}

/** Percentiles on a scale of halvings of what is left: 50, 90, 99, 99.9 … at growing distances. */
function percentileAxis(highest) {
  const nines = p => -Math.log10(1 - Math.min(p, highest) / 100);
  const top = nines(highest);
  const ticks = [0, 50, 90, 99, 99.9, 99.99, 99.999].filter(p => p <= highest);
  return {place: p => nines(p) / top, ticks: ticks.map(p => [p, p + ' %']), text: p => amount(p, 6) + ' %'};
}

const tip = element('div', {class: 'tip', hidden: ''});

function showTip(event, text) {
  tip.textContent = text;
  tip.hidden = false;
  const left = event.clientX + 16;
  tip.style.left = Math.min(left, innerWidth - tip.offsetWidth - 8) + 'px';
  tip.style.top = Math.max(8, event.clientY - tip.offsetHeight - 12) + 'px';
}

function hideTip() {
  tip.hidden = true;
}

/** Lines of [x, y] points: {name, colour, points, faint}. */
function lineChart(lines, x, y, {width = 1040, height = 300, step = false} = {}) {
  const left = 64, right = 16, top = 10, bottom = 28;
  const px = value => left + x.place(value) * (width - left - right);
  const py = value => height - bottom - y.place(value) * (height - top - bottom);
  const svg = element('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img'});
  for (const [at, text] of y.ticks) {
    svg.append(element('line', {class: 'grid', x1: left, x2: width - right, y1: py(at), y2: py(at)}));
    svg.append(element('text', {x: left - 8, y: py(at) + 4, 'text-anchor': 'end'}, text));
  }
  for (const [at, text] of x.ticks) {
    svg.append(element('line', {class: 'grid', x1: px(at), x2: px(at), y1: top, y2: height - bottom}));
    svg.append(element('text', {x: px(at), y: height - 8, 'text-anchor': 'middle'}, text));
  }
  svg.append(element('line', {class: 'axis', x1: left, x2: width - right, y1: height - bottom, y2: height - bottom}));
  for (const line of lines) {
    let path = '';
    line.points.forEach(([a, b], i) => {
      const to = `${px(a).toFixed(1)} ${py(b).toFixed(1)}`;
      path += i === 0 ? 'M' + to : step ? `H${px(a).toFixed(1)}V${py(b).toFixed(1)}` : 'L' + to;
    });
    svg.append(element('path', {d: path, fill: 'none', stroke: line.colour, 'stroke-width': line.faint ? 1.2 : 2,
      'stroke-opacity': line.faint ? 0.45 : 1, 'stroke-linejoin': 'round'}));
  }
  readOff(svg, lines, {x, y, px, left, right, width, top, bottom, height});
  return svg;
}

/** Shows the values under the pointer. */
function readOff(svg, lines, {x, y, px, left, right, width, top, bottom, height}) {
  const hair = element('line', {class: 'hair', y1: top, y2: height - bottom, visibility: 'hidden'});
  svg.append(hair);
  svg.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect();
    const at = (event.clientX - box.left) * width / box.width;
    if (at < left || at > width - right) {
      hair.setAttribute('visibility', 'hidden');
      hideTip();
      return;
    }
    let heading = '';
    const rows = lines.filter(line => !line.faint && line.points.length).map(line => {
      const near = line.points.reduce((a, b) => Math.abs(px(b[0]) - at) < Math.abs(px(a[0]) - at) ? b : a);
      heading = x.text(near[0]);
      return line.name + '  ' + y.text(near[1]);
    });
    hair.setAttribute('x1', at);
    hair.setAttribute('x2', at);
    hair.setAttribute('visibility', 'visible');
    showTip(event, [heading, ...rows].join('\n'));
  });
  svg.addEventListener('pointerleave', () => {
    hair.setAttribute('visibility', 'hidden');
    hideTip();
  });
}
