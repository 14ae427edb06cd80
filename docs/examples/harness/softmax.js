// softmax in JavaScript as a program that nn-conformance can judge. See docs/protocol.md.
//
//     nn-conformance run --command 'node softmax.js' softmax
"use strict";

const TYPES = { float32: Float32Array, float64: Float64Array };

function softmax(x, classes) {
  const y = new x.constructor(x.length);
  for (let row = 0; row < x.length; row += classes) {
    const logits = x.subarray(row, row + classes);
    const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = logits.map((logit) => Math.exp(logit - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    y.set(powers.map((power) => power / sum), row);
  }
  return y;
}

// The lines of an answer, and the numbers after them.
function answer(lines, numbers = Buffer.alloc(0)) {
  process.stdout.write([...lines, `end ${numbers.length}\n`].join("\n"));
  process.stdout.write(numbers);
}

function respond(lines, body) {
  const [request, number] = lines[0].split(" ");
  if (request === "hello") {
    answer(["hello 1", "dtype float32", "dtype float64", "function softmax"]);
    return;
  }
  const [, dtype, rank, ...sizes] = lines.find((line) => line.startsWith("array ")).split(" ");
  if (rank === "0") {
    answer([`raised ${number}`, "kind ValueError", "message there is no last axis"]);
    return;
  }
  const Numbers = TYPES[dtype];
  // A copy, since the numbers of a typed array must begin at a multiple of their size.
  const x = new Numbers(new Uint8Array(body).buffer);
  const y = softmax(x, Math.max(1, Number(sizes.at(-1))));
  const result = Buffer.from(y.buffer, y.byteOffset, y.byteLength);
  answer([`returned ${number}`, `array ${dtype} ${[rank, ...sizes].join(" ")}`], result);
}

// Bytes come in pieces of any size: a request is taken when all of it is there.
let unread = Buffer.alloc(0);

function takeRequest() {
  const lines = [];
  for (let start = 0; ; ) {
    const end = unread.indexOf("\n", start);
    if (end < 0) return false;
    const line = unread.toString("utf8", start, end);
    start = end + 1;
    if (line.startsWith("end ")) {
      const size = Number(line.slice(4));
      if (unread.length < start + size) return false;
      const body = unread.subarray(start, start + size);
      unread = unread.subarray(start + size);
      respond(lines, body);
      return true;
    }
    lines.push(line);
  }
}

process.stdin.on("data", (piece) => {
  unread = Buffer.concat([unread, piece]);
  while (takeRequest());
});
