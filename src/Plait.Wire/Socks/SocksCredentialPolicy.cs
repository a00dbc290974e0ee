namespace Plait.Wire.Socks;

/// <summary>The meaning of the credentials, and which clients are accepted.</summary>
public abstract record SocksCredentialPolicy
{
    private protected SocksCredentialPolicy()
    {
    }

    /// <summary>
    /// Towards tor: credentials are per-connection arguments. User and password is chosen whenever it is offered, because tor would drop the
    /// arguments without a report otherwise (S3). SOCKS4 carries them in the user id (S7).
    /// </summary>
    public sealed record TransportArguments : SocksCredentialPolicy;

    /// <summary>For one client that knows a secret: only user and password are accepted, and no SOCKS4.</summary>
    /// <param name="User">1 to 255 bytes.</param>
    /// <param name="Secret">1 to 255 bytes.</param>
    public sealed record Password(ReadOnlyMemory<byte> User, ReadOnlyMemory<byte> Secret) : SocksCredentialPolicy
    {
        /// <summary>The name of the policy, without its secret.</summary>
        public override string ToString() => nameof(Password);
    }
}
