/** SHA3-256 (FIPS 202) in hex: contacts are named by it, and browsers do not have it. */
export function sha3(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const padded = new Uint8Array(Math.ceil((bytes.length + 1) / rateBytes) * rateBytes);
  padded.set(bytes);
  padded[bytes.length] = 0x06;
  padded[padded.length - 1] = (padded[padded.length - 1] ?? 0) | 0x80;
  const input = new DataView(padded.buffer);
  const state = new BigUint64Array(25);
  for (let block = 0; block < padded.length; block += rateBytes) {
    for (let lane = 0; lane < rateBytes / 8; lane += 1)
      state[lane] = (state[lane] ?? 0n) ^ input.getBigUint64(block + 8 * lane, true);
    permute(state);
  }
  return Array.from(new Uint8Array(state.buffer, 0, 32), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
}

const rateBytes = 136;

function permute(state: BigUint64Array): void {
  const at = (index: number) => state[index] ?? 0n;
  let feedback = 1;
  for (let round = 0; round < 24; round += 1) {
    const columns = [0, 1, 2, 3, 4].map((x) => at(x) ^ at(x + 5) ^ at(x + 10) ^ at(x + 15) ^ at(x + 20));
    for (let index = 0; index < 25; index += 1) {
      const x = index % 5;
      state[index] = at(index) ^ (columns[(x + 4) % 5] ?? 0n) ^ turned(columns[(x + 1) % 5] ?? 0n, 1);
    }
    let [x, y, moving] = [1, 0, at(1)];
    for (let step = 0; step < 24; step += 1) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const index = x + 5 * y;
      const next = at(index);
      state[index] = turned(moving, (((step + 1) * (step + 2)) / 2) % 64);
      moving = next;
    }
    for (let row = 0; row < 25; row += 5) {
      const lanes = [0, 1, 2, 3, 4].map((each) => at(row + each));
      for (let each = 0; each < 5; each += 1)
        state[row + each] =
          (lanes[each] ?? 0n) ^ (~(lanes[(each + 1) % 5] ?? 0n) & (lanes[(each + 2) % 5] ?? 0n));
    }
    for (let bit = 0; bit < 7; bit += 1) {
      if ((feedback & 1) === 1) state[0] = at(0) ^ (1n << BigInt(2 ** bit - 1));
      feedback = (feedback << 1) ^ ((feedback >> 7) * 0x171);
    }
  }
}

function turned(lane: bigint, by: number): bigint {
  return BigInt.asUintN(64, (lane << BigInt(by)) | (lane >> BigInt(64 - by)));
}
