import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

/** What stands for the internet: addresses for documentation (RFC 5737), and some that a cloud has beside it. */
export const INTERNET = ['203.0.113.10', '203.0.113.11', '169.254.169.254', '10.9.9.9'] as const;
export const GATEWAY = '203.0.113.1';
export const TCP_PORTS = [4000, 4001] as const;
export const UDP_PORT = 5000;

/** Greets whoever connects with the address that they reached. */
const SERVERS = `
  const net = require('node:net'), dgram = require('node:dgram');
  const listening = [];
  for (const address of ${JSON.stringify(INTERNET)}) {
    for (const port of ${JSON.stringify(TCP_PORTS)}) {
      const server = net.createServer(socket => socket.on('error', () => {}).end('hello from ' + address + ' ' + port + '\\n'));
      listening.push(new Promise(resolve => server.listen(port, address, resolve)));
    }
    const socket = dgram.createSocket('udp4');
    socket.on('message', (_, from) => socket.send('datagram from ' + address, from.port, from.address));
    listening.push(new Promise(resolve => socket.bind(${UDP_PORT}, address, resolve)));
  }
  Promise.all(listening).then(() => console.log('up'));`;

/** Two network namespaces with a wire between them: in one the machine that a node runs on, in the other all the world. */
export class TestInternet {
  readonly #machine: ChildProcess;
  readonly #world: ChildProcess;
  readonly #servers: ChildProcess;

  private constructor(machine: ChildProcess, world: ChildProcess) {
    this.#machine = machine;
    this.#world = world;
    this.#servers = spawn('nsenter', [`--net=${netOf(world)}`, process.execPath, '-e', SERVERS], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  static async open(): Promise<TestInternet> {
    const holders = [0, 1].map(() =>
      spawn('unshare', ['--net', 'sh', '-c', 'echo; exec sleep 300'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const [machine, world] = holders as [ChildProcess, ChildProcess];
    await Promise.all(holders.map(({ stdout }) => once(stdout as NodeJS.ReadableStream, 'data')));
    const ip = (where: ChildProcess, ...args: string[]) =>
      execFileSync('nsenter', [`--net=${netOf(where)}`, 'ip', ...args]);
    ip(machine, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', String(world.pid));
    for (const side of holders) {
      ip(side, 'link', 'set', 'lo', 'up');
      ip(side, 'link', 'set', 'wire', 'up');
    }
    ip(machine, 'address', 'add', `${GATEWAY}/24`, 'dev', 'wire');
    for (const address of INTERNET) ip(world, 'address', 'add', `${address}/24`, 'dev', 'wire');
    ip(machine, 'route', 'add', 'default', 'via', INTERNET[0]);
    const internet = new TestInternet(machine, world);
    await once(internet.#servers.stdout as NodeJS.ReadableStream, 'data');
    return internet;
  }

  /** Runs a program of Node on the machine and gives what it prints. */
  async run(program: string): Promise<string> {
    const child = spawn(
      'nsenter',
      [`--net=${netOf(this.#machine)}`, process.execPath, '--input-type=module', '-e', program],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    for await (const chunk of child.stdout) output += String(chunk);
    return output;
  }

  close(): void {
    for (const child of [this.#servers, this.#machine, this.#world]) child.kill('SIGKILL');
  }
}

const netOf = ({ pid }: ChildProcess): string => `/proc/${pid}/ns/net`;
