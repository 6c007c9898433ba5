/** The part of npm `x11` 4.2.2 (which ships no types) that Nearcade uses. */
declare module 'x11' {
  import type { Duplex } from 'node:stream';

  export type Reply<T> = (error: Error | null | undefined, value: T) => void;

  export interface XEvent {
    name: string;
    wid: number;
    parent?: number;
    event?: number;
    x?: number;
    y?: number;
    width?: number;
    height?: number;
    borderWidth?: number;
    mask?: number;
    overrideRedirect?: boolean;
    keycode?: number;
    rootx?: number;
    rooty?: number;
  }

  export interface XTest {
    readonly KeyPress: number;
    readonly KeyRelease: number;
    readonly ButtonPress: number;
    readonly ButtonRelease: number;
    readonly MotionNotify: number;
    FakeInput(type: number, detail: number, time: number, window: number, x: number, y: number): void;
    GrabControl(impervious: boolean): void;
  }

  export interface CursorImage {
    width: number;
    height: number;
    /** Premultiplied ARGB32, little endian: every fourth byte is the alpha. */
    cursorImage: Buffer;
  }

  export interface XFixes {
    SelectCursorInput(window: number, mask: number): void;
    GetCursorImage(reply: Reply<CursorImage>): void;
  }

  export interface RandrMode {
    id?: number;
    name: string;
    width: number;
    height: number;
    dot_clock: number;
    h_sync_start: number;
    h_sync_end: number;
    h_total: number;
    v_sync_start: number;
    v_sync_end: number;
    v_total: number;
  }

  export interface RandrResources {
    config_timestamp: number;
    crtcs: number[];
    outputs: number[];
    modeinfos: (RandrMode & { id: number })[];
  }

  export interface Randr {
    readonly Rotation: { readonly Rotate_0: number };
    GetScreenResources(window: number, reply: Reply<RandrResources>): void;
    CreateMode(window: number, mode: RandrMode, reply: Reply<number>): void;
    AddOutputMode(output: number, mode: number): void;
    SetScreenSize(window: number, width: number, height: number, mmWidth: number, mmHeight: number): void;
    SetCrtcConfig(
      crtc: number,
      time: number,
      configTime: number,
      x: number,
      y: number,
      mode: number,
      rotation: number,
      outputs: number[],
      reply: Reply<{ status: number }>,
    ): void;
  }

  interface Extensions {
    xtest: XTest;
    fixes: XFixes;
    randr: Randr;
  }

  export interface XClient {
    /** 32 bytes: a bit a keycode. */
    QueryKeymap(reply: Reply<Buffer>): void;
    readonly pack_stream: { flush(): boolean };
    on(event: 'event', listener: (event: XEvent) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    on(event: 'end', listener: () => void): this;
    require<K extends keyof Extensions>(name: K, reply: Reply<Extensions[K]>): void;
    sync(): Promise<void>;
    terminate(): void;
    AllocID(): number;
    ChangeWindowAttributes(window: number, values: { eventMask: number }): void;
    ConfigureWindow(window: number, values: Record<string, number>): void;
    CreateWindow(
      id: number,
      parent: number,
      x: number,
      y: number,
      width: number,
      height: number,
      border: number,
      depth: number,
      windowClass: number,
      visual: number,
      values: Record<string, number>,
    ): void;
    DestroyWindow(window: number): void;
    /** `format` 2: whole pixels. */
    GetImage(
      format: 2,
      drawable: number,
      x: number,
      y: number,
      width: number,
      height: number,
      planeMask: number,
      reply: Reply<{ data: Buffer }>,
    ): void;
    CreateGC(id: number, drawable: number, values: { foreground: number }): void;
    ChangeGC(id: number, values: { foreground: number }): void;
    /** x, y, width, height of each rectangle. */
    PolyFillRectangle(drawable: number, gc: number, rectangles: number[]): void;
    MapWindow(window: number): void;
    UnmapWindow(window: number): void;
    SetInputFocus(window: number, revertTo: number): void;
    GetInputFocus(reply: Reply<{ focus: number }>): void;
    GetGeometry(drawable: number, reply: Reply<{ width: number; height: number }>): void;
    QueryPointer(window: number, reply: Reply<{ rootX: number; rootY: number; keyMask: number }>): void;
    GrabPointer(
      window: number,
      ownerEvents: 0 | 1,
      mask: number,
      pointerMode: number,
      keyboardMode: number,
      confineTo: number,
      cursor: number,
      time: number,
      reply: Reply<number>,
    ): void;
    UngrabPointer(time: number): void;
    /** A row of keysyms a keycode; 0: none. */
    GetKeyboardMapping(firstKeycode: number, count: number, reply: Reply<number[][]>): void;
    /** `keysyms`: those of each keycode, one after the other. */
    ChangeKeyboardMapping(firstKeycode: number, keysymsPerKeycode: number, keysyms: number[]): void;
  }

  export interface XDisplay {
    client: XClient;
    screen: {
      root: number;
      pixel_width: number;
      pixel_height: number;
      mm_width: number;
      mm_height: number;
    }[];
    min_keycode: number;
    max_keycode: number;
  }

  export interface ConnectOptions {
    display: string;
    stream?: Duplex;
    auth?: { name: string; data: string };
    bufferRequests?: boolean;
    disableBigRequests?: boolean;
  }

  const x11: {
    createClient(
      options: ConnectOptions,
      ready: (error: Error | null | undefined, display: XDisplay) => void,
    ): XClient;
    readonly eventMask: Readonly<Record<string, number>>;
  };
  export default x11;
}
