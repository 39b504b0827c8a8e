#include "arguments.h"
#include "cancel_argument.h"
#include "columns.h"
#include "exports.h"
#include "procfs/mapping_list.h"
#include "promise_worker.h"
#include "report.h"

namespace smem {
namespace {

struct MappingsRead {
  void run(const char* proc_root, pid_t pid) {
    report.source = Source::kSmaps;
    ProcessDir process;
    double totals[kFieldCount];
    error = process.open(proc_root, pid);
    if (error == 0) error = read_mappings(process, &list, totals, &report);
  }

  // An errno, or the MappingTable of src/native/backend.ts.
  Napi::Value result(Napi::Env env, Napi::Float64Array report_target) const {
    write_report(report, report_target.Data());
    if (error != 0) return Napi::Number::New(env, error);
    Napi::Object table = Napi::Object::New(env);
    table["count"] = Napi::Number::New(env, static_cast<double>(list.count()));
    table["words"] = copy_to_array<Napi::BigUint64Array>(env, list.words().data(), list.words().size());
    table["numbers"] = copy_to_array<Napi::Float64Array>(env, list.numbers().data(), list.numbers().size());
    table["text"] = copy_to_array<Napi::Uint8Array>(env, list.text().data(), list.text().size());
    return table;
  }

  MappingList list;
  UsageReport report;
  int error = ECANCELED;
};

// readMappings(procRoot, pid, report) -> MappingTable or errno
Napi::Value read_mappings_sync(const Napi::CallbackInfo& info) {
  MappingsRead read;
  read.run(PathArgument(info[0]).text, pid_argument(info[1]));
  return read.result(info.Env(), info[2].As<Napi::Float64Array>());
}

struct MappingsJob {
  explicit MappingsJob(const Napi::CallbackInfo& info)
      : proc_root(info[0]),
        pid(pid_argument(info[1])),
        report_target(Napi::Persistent(info[2].As<Napi::Float64Array>())),
        cancel(info[3]) {}

  void run() {
    if (!cancel.is_set()) read.run(proc_root.text, pid);
  }

  Napi::Value result(Napi::Env env) { return read.result(env, report_target.Value()); }

  const PathArgument proc_root;
  const pid_t pid;
  Napi::Reference<Napi::Float64Array> report_target;
  const CancelArgument cancel;
  MappingsRead read;
};

Napi::Value read_mappings_async(const Napi::CallbackInfo& info) {
  return PromiseWorker<MappingsJob>::start(info.Env(), std::make_unique<MappingsJob>(info));
}

}  // namespace

void export_mappings(Napi::Env env, Napi::Object exports) {
  exports["readMappings"] = Napi::Function::New<read_mappings_sync>(env, "readMappings");
  exports["readMappingsAsync"] = Napi::Function::New<read_mappings_async>(env, "readMappingsAsync");
}

}  // namespace smem
