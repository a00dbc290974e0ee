namespace Plait.Wire.Addresses;

/// <summary>What SOCKS can carry, in bytes.</summary>
internal static class SocksLimits
{
    /// <summary>A user name or a password: RFC 1929 gives their lengths one byte.</summary>
    internal const int MaxCredentialLength = 255;

    /// <summary>Arguments: a user name and a password. tor keeps a SOCKS4 user id to the same length (S7, N19).</summary>
    internal const int MaxArgumentLength = 2 * MaxCredentialLength;
}
