// At most two connections to each host:port of the sinks, whatever a screen asks for: a browser has six for all its tabs
// together, and streams hold theirs.

const most = 2;

interface Door {
  inside: number;
  waiting: (() => void)[];
}
const doors = new Map<string, Door>();

/** Runs `work`, which makes one request to `url` and reads its answer, when there is room. Rejects when `signal` aborts first. */
export async function throughGate<T>(url: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { origin } = new URL(url);
  const door = doors.get(origin) ?? { inside: 0, waiting: [] };
  doors.set(origin, door);
  await enter(door, signal);
  try {
    return await work();
  } finally {
    const next = door.waiting.shift();
    if (next) next();
    else door.inside -= 1;
    if (door.inside === 0) doors.delete(origin);
  }
}

function enter(door: Door, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  if (door.inside < most) {
    door.inside += 1;
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    const leave = () => {
      door.waiting = door.waiting.filter((other) => other !== admitted);
      reject(signal.reason as Error);
    };
    const admitted = () => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    door.waiting.push(admitted);
    signal.addEventListener('abort', leave, { once: true });
  });
}
