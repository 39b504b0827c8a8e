{
  "targets": [
    {
      "target_name": "smem_ts",
      "sources": [
        "src-native/addon.cc",
        "src-native/bindings/field_table.cc",
        "src-native/bindings/mappings.cc",
        "src-native/bindings/notify.cc",
        "src-native/bindings/poll_handle.cc",
        "src-native/bindings/pressure.cc",
        "src-native/bindings/process.cc",
        "src-native/bindings/scan.cc",
        "src-native/bindings/usage.cc",
        "src-native/notify/datagram.cc",
        "src-native/pressure/trigger.cc",
        "src-native/procfs/expected_lines.cc",
        "src-native/procfs/fields.cc",
        "src-native/procfs/mapping_groups.cc",
        "src-native/procfs/mapping_header.cc",
        "src-native/procfs/mapping_list.cc",
        "src-native/procfs/process_dir.cc",
        "src-native/procfs/process_row.cc",
        "src-native/procfs/process_scan.cc",
        "src-native/procfs/process_signal.cc",
        "src-native/procfs/process_stat.cc",
        "src-native/procfs/smaps_parser.cc",
        "src-native/procfs/usage_reader.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")", "src-native"],
      "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags!": ["-O2"],
      "cflags": ["-O3", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-unused-parameter"],
      "cflags_cc!": ["-std=gnu++14", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++17", "-fno-exceptions", "-fno-rtti", "-ffunction-sections"],
      "ldflags": ["-Wl,--gc-sections"],
      "conditions": [["OS!='linux'", {"type": "none", "sources/": [["exclude", ".*"]]}]]
    }
  ]
}
