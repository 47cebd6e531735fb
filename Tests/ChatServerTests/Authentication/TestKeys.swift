/// Keys that openssl has made for these tests and nothing else. Who finds them can sign nothing of worth.
enum TestKeys {
  static let secret = Array("a secret of more than thirty-two bytes".utf8)
  static let otherSecret = Array("another secret of more than thirty-two bytes".utf8)

  static let rsa = """
    -----BEGIN PRIVATE KEY-----
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCMzOwjHuoEsP48
    Dx0+HdhJOYr+u9h2wsOaSxSlwTyAxDRlc00Ik5zkF+8O46wu67dyyC2JrWkNfaHY
    GqRpzvAdiNbEuwGyj2/sIUKOtdu0qi/xwOwbdQz4jKSi9xHJDfodo5G0NxF9pn+N
    GTrDENj9B+I23WAFGpUz6XnT90COHijQjUiK85OQoC/JBCdyxP068t4bxz9ILJJp
    J4zTug44xJkZuV1sUK883SA/Ag8a1Z4Q9sLhE8KjBwnfXCQDmeqLLQYEs22OVgep
    VZcaPDHg2hGs3BHEik4T5lKLOJSrPAOE/FWTleb+O9viibqOsPtD2odeQDRKVzF0
    vzR9MqpVAgMBAAECggEAJUFv1hcu+tDOZJvnM/F3smBse9y+eSYt1Zy6OOW5maTQ
    7Gsm3fcZE22Vzs3FWKD8aH25Nu3Ql0Y/1cuu52RfOqFjmqiU2WeEyOlAEDzkhphl
    mUVf9B/zr6yfP5O6fAWbwc3vFs1fbmzo4S/k0Yqar9EvNS88Yf1Xr2W+26xXw4Ko
    8lBkuJvSvR3SmkvEk8wQtbL9TmJ95iKQSMgVK49cFuUA2PkvLgGrDw0smzQ11FMH
    Z5vxad+HU0F5E5OuIQWVNT3EmPU+YzvnPUm4bQnf2wUGmTXoJp+TW1c7cc6YcSqm
    hrNH++XcCl32CYoh7D2AWZ2m46cPlUMl810838TbPQKBgQDBkrECIkyAzt101AwB
    Lp4OweuMk/8RBs7XsIOFhqUSZCRipIVHD+Jgc8Pz6ULI4mBe2SpmVQemjMmkK+1k
    6T1coO2MjCXM7lvp8T5DXb6DMj3ChYUoIcwYVXtOEl8GWzjovmazUyKK+E6ljMJS
    JdyddrDqmIr7hF62v2N4ZGsGzwKBgQC6NVokLI92a7chhsKi9VqjRmlm22LYZqZe
    1UZjsPz0iLbzetPcnw6k/TUM2vQnX5TMgJpQzHUz1BdViPbCdWC6kyX7UBsUG0GL
    ulm0VQtVAA7jXiGVnQTk3/6WrmiHbAA3NBjZbp2rlzxg7s58s+RB0wm/PRv/CBjD
    IG3vA2SFmwKBgQCJ0eyPTWZUy3RnStZlPRCyByWzSGfxcnxwmy95MT10U7KIPQTb
    bJbL/4CDuA+hwXPF9C64/09cKJ8kcVYrY9kZi0a2q836E7eDYAzpn+QVuv638aK1
    ySJsLOiG1JOtjeN96ppqkQVmFpbATfDI1kY2Ipyh2wwROdTJnoiu3ihJhwKBgAjz
    M4f1lFeuybiUz5ohjN+4LKzC8rdQB8MbISz9fssKHzEIwFIkWwHXIcuiYoXZ9D74
    F3K2wRNiqFR2JtYl6iZNmE/CA+stfDMJG/Ks+8R0IkMPbTHRwEB3+7amX2PS7xe4
    K1GYHX/33vERyV75DomTaS6F82iIrRgD4QTR9uztAoGAL+ZuxmUaHwqUAw47bpc4
    K7sDyxBC7LAzFHf87omuiuo5cqfTBWv4ih/L+XBzdsTxAfvptqSaapuKJgRsFX4K
    8pnZDaGnJvi4FxxPm8YM1T2de31mMwTzxXV0Sfi9yxDqC4fLHM6cPRWQpUq/NzTD
    uwPrt4pGQclFv/VESKd06jM=
    -----END PRIVATE KEY-----
    """

  static let rsaPublic = """
    -----BEGIN PUBLIC KEY-----
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjMzsIx7qBLD+PA8dPh3Y
    STmK/rvYdsLDmksUpcE8gMQ0ZXNNCJOc5BfvDuOsLuu3csgtia1pDX2h2Bqkac7w
    HYjWxLsBso9v7CFCjrXbtKov8cDsG3UM+IykovcRyQ36HaORtDcRfaZ/jRk6wxDY
    /QfiNt1gBRqVM+l50/dAjh4o0I1IivOTkKAvyQQncsT9OvLeG8c/SCySaSeM07oO
    OMSZGbldbFCvPN0gPwIPGtWeEPbC4RPCowcJ31wkA5nqiy0GBLNtjlYHqVWXGjwx
    4NoRrNwRxIpOE+ZSiziUqzwDhPxVk5Xm/jvb4om6jrD7Q9qHXkA0SlcxdL80fTKq
    VQIDAQAB
    -----END PUBLIC KEY-----
    """

  static let ec = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPLuutUK7npna0xPf
    hCuTkv0+GdVv8EXccz9B2w+Mx02hRANCAARM9/iVBGJYFZ76jL/O76q0D6bWZ3qZ
    kxyheiAiRqeR8qlrSo35SZhZkVyRDjsk7wJLE3nxS5rTdMieYnY6reiu
    -----END PRIVATE KEY-----
    """

  static let ecPublic = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETPf4lQRiWBWe+oy/zu+qtA+m1md6
    mZMcoXogIkankfKpa0qN+UmYWZFckQ47JO8CSxN58Uua03TInmJ2Oq3org==
    -----END PUBLIC KEY-----
    """

  static let ecCertificate = """
    -----BEGIN CERTIFICATE-----
    MIIBdzCCAR2gAwIBAgIUUaM0A0XMcQEqMQWQW4aQzlwNGdUwCgYIKoZIzj0EAwIw
    ETEPMA0GA1UEAwwGaXNzdWVyMB4XDTI2MTEyNTIxNDM1OFoXDTM2MTEyMjIxNDM1
    OFowETEPMA0GA1UEAwwGaXNzdWVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
    TPf4lQRiWBWe+oy/zu+qtA+m1md6mZMcoXogIkankfKpa0qN+UmYWZFckQ47JO8C
    SxN58Uua03TInmJ2Oq3orqNTMFEwHQYDVR0OBBYEFAHHJQo9S+5+q3t09ANBkBHP
    ABcMMB8GA1UdIwQYMBaAFAHHJQo9S+5+q3t09ANBkBHPABcMMA8GA1UdEwEB/wQF
    MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhALOIBMRpJA4rtiwi30LwGS+4bV/rVmgr
    k2FIlenf7KlqAiALiBXi33W3g3BYgjK3Qa0liztZuVqHMnYe3Qh7OFSmmw==
    -----END CERTIFICATE-----
    """

  static let ed = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIHBlNWOzN0nUo2IsEUtWbSm4JWEBs1uaRy6E/if1MbyC
    -----END PRIVATE KEY-----
    """

  static let edPublic = """
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEAwA9yQkwiF1XvZf/L+QDQ9mJ0KpA7MlsAvPrT8diIVb0=
    -----END PUBLIC KEY-----
    """

  static let ec384Public = """
    -----BEGIN PUBLIC KEY-----
    MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEMcCIeHAinY8mpijh5wQpkgxGfBJmMoKA
    HYzFzdmdt4yVizmLMXyT8FSeli1sTZJYC6fj7cwPdGepFo3CmWAh6pJBema5Nr4O
    hakxom9k65zR6IcWk8/tLP8t2S/QwhI/
    -----END PUBLIC KEY-----
    """

  static let rsa1024Public = """
    -----BEGIN PUBLIC KEY-----
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDAhm7ozZl1rZ9ZgkFnyU380B8v
    rKnvVooQwYT0XAkmRvZHHRURRbm8q4uLvzUb1qjxmz03R9w1mdXuzani0Fuy+9CA
    rAOLheht1i2zhOXyL9VEk7LXrcAaKf6QIlhHACHKZ5jhvvtx+VLa7uj9duYfTHIU
    GdmLqwKkI9JkPWUZpQIDAQAB
    -----END PUBLIC KEY-----
    """

  /// Members of the same keys as JSON Web Keys.
  static let rsaJWK =
    #""kty":"RSA","e":"AQAB","n":""#
    + "jMzsIx7qBLD-PA8dPh3YSTmK_rvYdsLDmksUpcE8gMQ0ZXNNCJOc5BfvDuOsLuu3csgtia1pDX2h2Bqkac7wHYjWxL"
    + "sBso9v7CFCjrXbtKov8cDsG3UM-IykovcRyQ36HaORtDcRfaZ_jRk6wxDY_QfiNt1gBRqVM-l50_dAjh4o0I1IivOT"
    + "kKAvyQQncsT9OvLeG8c_SCySaSeM07oOOMSZGbldbFCvPN0gPwIPGtWeEPbC4RPCowcJ31wkA5nqiy0GBLNtjlYHqV"
    + "WXGjwx4NoRrNwRxIpOE-ZSiziUqzwDhPxVk5Xm_jvb4om6jrD7Q9qHXkA0SlcxdL80fTKqVQ"
    + "\""
  static let ecJWK =
    #""kty":"EC","crv":"P-256","x":"TPf4lQRiWBWe-oy_zu-qtA-m1md6mZMcoXogIkankfI","y":"#
    + #""qWtKjflJmFmRXJEOOyTvAksTefFLmtN0yJ5idjqt6K4""#
  static let edJWK = #""kty":"OKP","crv":"Ed25519","x":"wA9yQkwiF1XvZf_L-QDQ9mJ0KpA7MlsAvPrT8diIVb0""#
}
