declare module 'node-gyp-build' {
  /** Loads the addon that fits this process from `directory`'s build or prebuilds; throws when there is none. */
  export default function load(directory: string): unknown
}
