// What each room adds to the addon's exports.
#ifndef SMEM_BINDINGS_EXPORTS_H_
#define SMEM_BINDINGS_EXPORTS_H_

#include <napi.h>

namespace smem {

void export_field_table(Napi::Env env, Napi::Object exports);
void export_usage(Napi::Env env, Napi::Object exports);
void export_exits(Napi::Env env, Napi::Object exports);
void export_fork(Napi::Env env, Napi::Object exports);
void export_mappings(Napi::Env env, Napi::Object exports);
void export_notify(Napi::Env env, Napi::Object exports);
void export_process(Napi::Env env, Napi::Object exports);
void export_pressure(Napi::Env env, Napi::Object exports);
void export_scan(Napi::Env env, Napi::Object exports);
void export_sockets(Napi::Env env, Napi::Object exports);

}  // namespace smem

#endif  // SMEM_BINDINGS_EXPORTS_H_
