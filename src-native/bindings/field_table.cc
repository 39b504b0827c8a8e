#include "exports.h"
#include "procfs/fields.h"

namespace smem {
namespace {

// Of the arguments and tables that src/native/addon.ts and backend.ts describe: to be raised there and here when they change.
constexpr int kRevision = 7;

}  // namespace

// [[property, kernel's name], ...] in the order of the arrays, for the loader to compare with its own.
void export_field_table(Napi::Env env, Napi::Object exports) {
  Napi::Array table = Napi::Array::New(env, kFieldCount);
  for (int field = 0; field < kFieldCount; ++field) {
    Napi::Array row = Napi::Array::New(env, 2);
    const std::string_view kernel_name = kFields[field].kernel_name;
    row[0u] = Napi::String::New(env, kFields[field].property);
    row[1u] = Napi::String::New(env, kernel_name.empty() ? "" : kernel_name.data(), kernel_name.size());
    table[static_cast<uint32_t>(field)] = row;
  }
  exports["fieldTable"] = table;
  exports["revision"] = Napi::Number::New(env, kRevision);
}

}  // namespace smem
