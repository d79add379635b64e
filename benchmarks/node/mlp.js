// ConvNetJS trains a chain of tanh units on points of the plane; each line on standard input is how
// many seconds of the processor to train for, each line on standard output the steps per second.
//
//     node mlp.js '{"widths": [2, 4, 2, 1], "batch": 10, "lr": 0.03, "x": [[...]], "t": [...]}'

"use strict";
const convnetjs = require("convnetjs");
const readline = require("readline");

const { widths, batch, lr, x, t } = JSON.parse(process.argv[2]);
const layers = [{ type: "input", out_sx: 1, out_sy: 1, out_depth: widths[0] }];
for (const width of widths.slice(1)) layers.push({ type: "fc", num_neurons: width, activation: "tanh" });
// Its last layer is a regression, which adds a fully connected layer of its own: the one before it is left out.
layers.pop();
layers.push({ type: "regression", num_neurons: widths[widths.length - 1] });
const net = new convnetjs.Net();
net.makeLayers(layers);
const trainer = new convnetjs.SGDTrainer(net, { learning_rate: lr, momentum: 0, batch_size: batch, l2_decay: 0 });
const points = x.map((row) => new convnetjs.Vol(row));

let place = 0;
function train(seconds) {
  const start = process.cpuUsage();
  let examples = 0;
  let spent = 0;
  while (spent < seconds) {
    for (let i = 0; i < 50 * batch; i++) {
      trainer.train(points[place], [t[place]]);
      place = (place + 1) % points.length;
      examples++;
    }
    const { user, system } = process.cpuUsage(start);
    spent = (user + system) / 1e6;
  }
  return examples / batch / spent;
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(`${train(Number(line))}\n`);
});
