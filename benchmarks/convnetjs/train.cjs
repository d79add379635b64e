// Trains the network of benchmarks/convnetjs.py by ConvNetJS, a turn at a time.
//
// First argument: a file of examples, each 1024 float32 and then its class. Each line of standard
// input asks for a turn of so many seconds; the answer is its steps and its seconds of the processor.
'use strict';
const fs = require('node:fs');
const readline = require('node:readline');
const { Net, Trainer, Vol } = require('convnetjs');

const SIDE = 32;
const BATCH = 20;
const EXAMPLE = SIDE * SIDE + 1;

const net = new Net();
net.makeLayers([
  { type: 'input', out_sx: SIDE, out_sy: SIDE, out_depth: 1 },
  { type: 'conv', sx: 5, filters: 8, stride: 1, pad: 2, activation: 'relu' },
  { type: 'pool', sx: 2, stride: 2 },
  { type: 'conv', sx: 5, filters: 16, stride: 1, pad: 2, activation: 'relu' },
  { type: 'pool', sx: 3, stride: 3 },
  { type: 'softmax', num_classes: 10 },
]);
const options = { method: 'sgd', learning_rate: 0.01, momentum: 0.9, batch_size: BATCH };
const trainer = new Trainer(net, options);

const bytes = fs.readFileSync(process.argv[2]);
const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const examples = [];
for (let start = 0; start < numbers.length; start += EXAMPLE) {
  const x = new Vol(SIDE, SIDE, 1, 0);
  for (let i = 0; i < SIDE * SIDE; i++) x.w[i] = numbers[start + i];
  examples.push({ x, label: numbers[start + EXAMPLE - 1] });
}

let next = 0;
function step() {
  let loss = 0;
  for (let i = 0; i < BATCH; i++) {
    const { x, label } = examples[next];
    loss += trainer.train(x, label).cost_loss;
    next = (next + 1) % examples.length;
  }
  return loss / BATCH;
}

function spent(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

readline.createInterface({ input: process.stdin }).on('line', (seconds) => {
  const start = process.cpuUsage();
  let steps = 0;
  let loss = 0;
  while (spent(start) < Number(seconds)) {
    loss = step();
    steps += 1;
  }
  process.stdout.write(JSON.stringify({ steps, loss, seconds: spent(start) }) + '\n');
});
