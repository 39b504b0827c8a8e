#include "bindings/classes.h"
#include "bindings/exports.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new smem::Classes());
  smem::export_field_table(env, exports);
  smem::export_usage(env, exports);
  smem::export_exits(env, exports);
  smem::export_fork(env, exports);
  smem::export_mappings(env, exports);
  smem::export_notify(env, exports);
  smem::export_process(env, exports);
  smem::export_pressure(env, exports);
  smem::export_scan(env, exports);
  smem::export_sockets(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(smem_ts, init)
