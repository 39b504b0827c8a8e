// The classes of one environment: instance data, not globals, for every worker thread loads the addon into an environment of its own.
#ifndef SMEM_BINDINGS_CLASSES_H_
#define SMEM_BINDINGS_CLASSES_H_

#include <napi.h>

namespace smem {

struct Classes {
  Napi::FunctionReference process_directory;
  Napi::FunctionReference pressure_poll;
  Napi::FunctionReference exit_poll;

  // Null, or without its classes, once the environment is being torn down.
  static Classes* of(Napi::Env env) { return env.GetInstanceData<Classes>(); }
};

}  // namespace smem

#endif  // SMEM_BINDINGS_CLASSES_H_
