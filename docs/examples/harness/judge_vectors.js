// Judge results of vectors by their bounds alone: node judge_vectors.js VECTORS RESULTS.safetensors
"use strict";
const fs = require("fs");

function read(file) {
  const data = fs.readFileSync(file);
  const start = 8 + Number(data.readBigUInt64LE(0));
  const header = JSON.parse(data.toString("utf8", 8, start));
  return (name) => {
    const about = header[name];
    if (!about) return null;
    const [begin, end] = about.data_offsets.map((offset) => start + offset);
    const Numbers = { F32: Float32Array, F64: Float64Array }[about.dtype];
    return { shape: about.shape, numbers: new Numbers(new Uint8Array(data.subarray(begin, end)).buffer) };
  };
}

const [folder, results] = process.argv.slice(2);
const result = read(results);
let wrong = 0;
for (const entry of JSON.parse(fs.readFileSync(`${folder}/index.json`)).cases) {
  const tensor = read(`${folder}/${entry.file}`);
  for (const due of entry.results) {
    const y = result(due.tensor);
    if (!y) continue;
    const [v, bound] = [tensor(due.truth), tensor(due.bound).numbers];
    const low = due.low ? tensor(due.low).numbers : null;
    const fits = (number, k) => {
      if (bound[k] === Infinity) return true; // no claim is made
      if (!Number.isFinite(v.numbers[k])) return Object.is(number, v.numbers[k]); // NaN or infinity
      return Math.abs(number - v.numbers[k] - (low ? low[k] : 0)) <= bound[k];
    };
    if (`${y.shape}` === `${v.shape}` && y.numbers.every(fits)) continue;
    wrong += 1;
    console.log(due.tensor);
  }
}
process.exitCode = wrong ? 1 : 0;
