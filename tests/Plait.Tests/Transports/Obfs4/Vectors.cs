using System.Security.Cryptography;
using System.Text;
using Plait.Transports.Obfs4;

namespace Plait.Tests.Transports.Obfs4;

/// <summary>Values that obfs4proxy 0.0.14's own functions have given for known seeds (V27).</summary>
internal static class Vectors
{
    /// <summary>The hour of the handshake.</summary>
    internal const long Hour = 472222;

    internal const string Certificate = "VF6lOEYQA+/cjIHCRFMbAD9vJs9DrVVIN+USFSTYIdEpkLM6jrVzcaJoWVBG6Bz0jlOucg";

    /// <summary>Any time in that hour.</summary>
    internal static DateTimeOffset Time => DateTimeOffset.FromUnixTimeSeconds((Hour * 3600) + 1234);

    internal static byte[] DrbgSeed => Sha("drbg")[..Drbg.SeedSize];

    /// <summary>The bridge.</summary>
    internal static ServerIdentity Server => new(Sha("node").AsSpan(0, 20), Sha("identity"), DrbgSeed);

    internal static KeyPair ClientPair => KeyPair.TryDerive(Sha("client1"))!;

    internal static KeyPair ServerPair => KeyPair.TryDerive(Sha("server1"))!;

    /// <summary>The vector's request, with 85 bytes of padding.</summary>
    internal static byte[] Request => Bytes(
        "f0530548b5695b600d24176f9dd115eeed5b9ebc7a44c1373cf4e8221d4895af"
        + "dc8733b3ccb672f13f920a0d370601c7378502dc5aa60a0ef11758ab0c59a85f7adec1b161c32d0f67188d6ad8abd87bdc383743f18588b83b7f222c4fb0"
        + "046a1ba0fb939c6d576833ad17df5bf62a5c3bdca9dc920cd46b8ddd4e8c120e0e05782839975e8af2510ae365848fdee84f7bf81b182d");

    /// <summary>The vector's response, with 10 bytes of padding.</summary>
    internal static byte[] Response => Bytes(
        "8eee11e8e8fb1ff3d6e1dae2b0872a89385aad8be046528132511ff3f6a3f126"
        + "c81306f871c03bcf22d70ba4ea773f0ef036e6fe225e91e0c9354f02d15a7ce3"
        + "5377485d1b174b46caeaca586d11ddd60cbcea9fe58264f2186e53a644b247866a4116b9fc8dee9e970d");

    internal static byte[] Sha(string text) => SHA256.HashData(Encoding.ASCII.GetBytes(text));

    internal static byte[] Bytes(string hex) => Convert.FromHexString(hex);

    internal static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
