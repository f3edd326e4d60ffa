// Loaded into every process of n8n before its own code: writes down each host that it looks up or connects to.
const fs = require('node:fs');
const dns = require('node:dns');
const net = require('node:net');

const log = process.env.OUTSIDE_CALLS_LOG;
const note = (how, host) => fs.appendFileSync(log, `${process.pid} ${how} ${host}\n`);
note('begins', process.argv.slice(1, 3).join(' '));

for (const place of [dns, dns.promises]) {
  for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveTxt', 'resolveSrv']) {
    const real = place[name];
    place[name] = function (host, ...rest) {
      note('looks up', host);
      return real.call(this, host, ...rest);
    };
  }
}
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (options && typeof options === 'object' && !options.path) note('connects to', options.host ?? 'localhost');
  else if (typeof options === 'number') note('connects to', typeof args[1] === 'string' ? args[1] : 'localhost');
  return connect.apply(this, args);
};
