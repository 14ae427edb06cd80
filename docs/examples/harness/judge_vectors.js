// Judge results of vectors by their bounds alone: node judge_vectors.js VECTORS RESULTS.safetensors
const fs = require("fs"), types = { F32: Float32Array, F64: Float64Array };
function read(file) {
  const data = fs.readFileSync(file), start = 8 + Number(data.readBigUInt64LE(0));
  const header = JSON.parse(data.toString("utf8", 8, start));
  const bytes = ([begin, end]) => new Uint8Array(data.subarray(start + begin, start + end)).buffer;
  const made = ({ shape, dtype, data_offsets }) => ({ shape: `${shape}`, numbers: new types[dtype](bytes(data_offsets)) });
  return (name) => header[name] && made(header[name]);
}
const [folder, results] = process.argv.slice(2), result = read(results);
for (const entry of JSON.parse(fs.readFileSync(`${folder}/index.json`)).cases) {
  const tensor = read(`${folder}/${entry.file}`);
  for (const due of entry.results.filter(({ tensor: name }) => result(name))) {
    const y = result(due.tensor), v = tensor(due.truth), bound = tensor(due.bound).numbers;
    const low = due.low ? tensor(due.low).numbers : v.numbers.map(() => 0);
    // An infinite bound makes no claim; NaN and infinities are due as they are.
    const fits = (number, k) => bound[k] === Infinity || Object.is(number, v.numbers[k]) || Math.abs(number - v.numbers[k] - low[k]) <= bound[k];
    if (y.shape !== v.shape || !y.numbers.every(fits)) { console.log(due.tensor); process.exitCode = 1; }
  }
}
