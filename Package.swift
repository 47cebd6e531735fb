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
    .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.81.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
  ],
  targets: [
    // C libraries of the system
    .systemLibrary(
      name: "CProtobufC", pkgConfig: "libprotobuf-c",
      providers: [.apt(["libprotobuf-c-dev"]), .brew(["protobuf-c"])]),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite3"])]),

    // Libraries
    .target(name: "CChatProtos", dependencies: ["CProtobufC"]),
    .target(
      name: "ChatCore",
      dependencies: [
        "CChatProtos", "CProtobufC",
        .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: settings),
    .target(name: "ChatStorage", dependencies: ["ChatCore", "CSQLite"], swiftSettings: settings),
    .target(
      name: "ChatServer",
      dependencies: [
        "ChatCore",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .target(
      name: "ChatClient",
      dependencies: [
        "ChatCore",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: settings),

    // Programs
    .executableTarget(
      name: "chat-broker",
      dependencies: [
        "ChatClient", "ChatCore", "ChatServer", "ChatStorage",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        "ChatClient", "ChatCore", "ChatServer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      path: "Benchmarks",
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
      name: "ChatCoreTests", dependencies: ["ChatCore"], swiftSettings: settings),
    .testTarget(
      name: "ChatStorageTests", dependencies: ["ChatCore", "ChatStorage", "CSQLite"],
      swiftSettings: settings),
    .testTarget(
      name: "ChatServerTests",
      dependencies: [
        "ChatCore", "ChatServer", "ChatStorage",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
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
      name: "CommandTests", dependencies: ["ChatCore", "chat-broker"], swiftSettings: settings),
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
