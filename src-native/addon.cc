#include "bindings/exports.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  smem::export_field_table(env, exports);
  smem::export_usage(env, exports);
  smem::export_mappings(env, exports);
  smem::export_process(env, exports);
  smem::export_scan(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(smem_ts, init)
