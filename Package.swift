// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "chat-broker",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "ChatCore", targets: ["ChatCore"]),
    .library(name: "ChatServer", targets: ["ChatServer"]),
    .library(name: "ChatClient", targets: ["ChatClient"]),
    .executable(name: "chat-broker", targets: ["chat-broker"]),
    .executable(name: "benchmarks", targets: ["benchmarks"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    // Without traits: its own readers of files bring all of Foundation.
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
  ],
  targets: [
    // C libraries of the system
    .systemLibrary(
      name: "CProtobufC", pkgConfig: "libprotobuf-c",
      providers: [.apt(["libprotobuf-c-dev"]), .brew(["protobuf-c"])]),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite3"])]),
    .systemLibrary(
      name: "CYAML", pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),

    // What Swift and its Glibc module leave out: the allocator's settings, names of threads, raw memory, and
    // epoll for the benchmarks
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CMemory"),
    .systemLibrary(name: "CEpoll"),
    .systemLibrary(name: "CThreads"),

    // The web pages, linked into the program
    .target(name: "CWebPages", exclude: ["web"]),

    // Libraries
    .target(name: "CChatProtos", dependencies: ["CProtobufC"]),
    .target(name: "COTLPProtos", dependencies: ["CProtobufC"]),
    .target(
      name: "ChatCore",
      dependencies: [
        "CChatProtos", "CMemory", "CProtobufC",
        .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: settings),
    .target(name: "ChatStorage", dependencies: ["ChatCore", "CSQLite", "CThreads"], swiftSettings: settings),
    .target(
      name: "ChatServer",
      dependencies: [
        "ChatCore", "CMalloc", "CWebPages",
        .product(name: "JWTKit", package: "jwt-kit"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: settings),
    .target(
      name: "ChatTelemetry",
      dependencies: [
        "ChatCore", "COTLPProtos", "CProtobufC",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: settings),
    .target(
      name: "ChatClient",
      dependencies: [
        "ChatCore",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: settings),

    // Programs
    .executableTarget(
      name: "chat-broker",
      dependencies: [
        "ChatClient", "ChatCore", "ChatServer", "ChatStorage", "ChatTelemetry", "CMalloc", "CYAML",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        "ChatClient", "ChatCore",
        .target(name: "CEpoll", condition: .when(platforms: [.linux])),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Benchmarks",
      // C programs, built by what starts them, and data.
      exclude: ["limit-server.c", "malloc-count.c", "thresholds.json"],
      swiftSettings: settings),

    .executableTarget(
      name: "json-transcoder", dependencies: ["ChatCore"], path: "Tests/JSONTranscoder",
      swiftSettings: settings),
    .executableTarget(
      name: "crash-check",
      dependencies: [
        "ChatClient", "ChatCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/CrashCheck",
      swiftSettings: settings),

    // Tests
    .testTarget(
      name: "BenchmarksTests", dependencies: ["benchmarks"], swiftSettings: settings),
    .testTarget(
      name: "ChatCoreTests", dependencies: ["ChatCore"], swiftSettings: settings),
    .testTarget(
      name: "ChatStorageTests", dependencies: ["ChatCore", "ChatStorage", "CSQLite"],
      swiftSettings: settings),
    .testTarget(
      name: "ChatServerTests",
      dependencies: [
        "ChatClient", "ChatCore", "ChatServer", "ChatStorage",
        .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ChatTelemetryTests",
      dependencies: [
        "ChatCore", "ChatTelemetry",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ChatClientTests",
      dependencies: [
        "ChatClient", "ChatCore", "ChatServer", "ChatStorage",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "ChatCore", "ChatServer", "ChatTelemetry", "chat-broker",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "CrashCheckTests", dependencies: ["ChatCore", "crash-check"], swiftSettings: settings),
    .testTarget(
      name: "Simulation", dependencies: ["ChatCore"], swiftSettings: settings),
  ]
)

// libFuzzer brings its own main, so the target exists only where it is wanted: see `make fuzz`.
if Context.environment["CHAT_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "decoder-fuzzer", dependencies: ["ChatCore"], path: "Fuzz", swiftSettings: settings))
}

// Under Thread Sanitizer the libraries that run on several threads are tested, and nothing else has to be compiled for it:
// see .ci/tsan.
if Context.environment["CHAT_TSAN"] != nil {
  let tested = ["ChatClientTests", "ChatServerTests", "ChatStorageTests"]
  package.products.removeAll { $0 is Product.Executable }
  package.targets.removeAll { target in
    switch target.type {
    case .executable: true
    case .test: !tested.contains(target.name)
    default: target.name == "ChatTelemetry"
    }
  }
}
