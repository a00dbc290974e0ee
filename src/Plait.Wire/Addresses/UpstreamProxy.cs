using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Plait.Wire.Addresses;

/// <summary>The protocol of an upstream proxy (E22).</summary>
public enum ProxyScheme
{
    /// <summary>SOCKS4, with host names as SOCKS4a.</summary>
    Socks4a,

    /// <summary>SOCKS5, with or without user and password.</summary>
    Socks5,

    /// <summary>HTTP CONNECT.</summary>
    Http,
}

/// <summary>The proxy of <c>TOR_PT_PROXY</c>. A client PT must reach the network through it only (E22).</summary>
/// <param name="Scheme">Its protocol.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="User">User name; for HTTP the part of the authenticator before the first colon. Null for none.</param>
/// <param name="Password">Password; null for none.</param>
public sealed record UpstreamProxy(ProxyScheme Scheme, IPEndPoint Address, string? User, string? Password)
{
    private const string Form = "expected socks4a://, socks5:// or http://, then ip:port";

    /// <summary>
    /// Reads the form that tor writes: <c>scheme://[user[:password]@]ip:port</c>. Credentials are taken literally, with any characters in
    /// them (E23). Rejects what real PTs reject (E23b, V15).
    /// </summary>
    /// <param name="uri">The variable's value.</param>
    /// <param name="proxy">The proxy, or null after an error.</param>
    /// <param name="error">What is wrong, without quoting any of it; null on success.</param>
    public static bool TryParse(string uri, [NotNullWhen(true)] out UpstreamProxy? proxy, out string? error)
    {
        proxy = null;
        int schemeEnd = uri.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd < 0 || ParseScheme(uri[..schemeEnd]) is not { } scheme)
        {
            error = $"the proxy's scheme is not known: {Form}";
            return false;
        }

        // tor does not escape, so an '@' or a ':' may be part of the password: last '@', first ':' (E23).
        string rest = uri[(schemeEnd + 3)..];
        int at = rest.LastIndexOf('@');
        if (!AddressText.TryParse(rest.AsSpan(at + 1), out IPEndPoint? address) || address.Port == 0)
        {
            error = $"the proxy's address is not an IP address and a port: {Form} and nothing after it";
            return false;
        }

        (string? user, string? password) = at < 0 ? (null, null) : SplitCredentials(rest[..at]);
        error = CheckCredentials(scheme, user, password);
        proxy = error is null ? new(scheme, address, user, password) : null;
        return error is null;
    }

    /// <summary>Writes the URI for a child, percent-encoded: children read it with a URL parser (E23).</summary>
    public string Format()
    {
        var text = new StringBuilder(Scheme switch
        {
            ProxyScheme.Socks4a => "socks4a://",
            ProxyScheme.Socks5 => "socks5://",
            _ => "http://",
        });
        if (User is not null)
        {
            text.Append(Escape(User));
            text.Append(Password is null ? "" : ":" + Escape(Password)).Append('@');
        }

        return text.Append(AddressText.Format(Address)).ToString();
    }

    // Our joints' secrets need no escaping. Loading the framework's escaping code would delay the first connection.
    private static string Escape(string text) => text.All(char.IsAsciiLetterOrDigit) ? text : Uri.EscapeDataString(text);

    /// <summary>The scheme alone: address and credentials are secrets (G5).</summary>
    public override string ToString() => $"{Scheme} proxy";

    private static ProxyScheme? ParseScheme(string scheme) => scheme switch
    {
        "socks4a" => ProxyScheme.Socks4a,
        "socks5" => ProxyScheme.Socks5,
        "http" => ProxyScheme.Http,
        _ => null,
    };

    private static (string? User, string? Password) SplitCredentials(string credentials)
    {
        int colon = credentials.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (credentials, null) : (credentials[..colon], credentials[(colon + 1)..]);
    }

    private static string? CheckCredentials(ProxyScheme scheme, string? user, string? password) => scheme switch
    {
        ProxyScheme.Socks4a when password is not null => "a socks4a proxy takes a user name but no password",
        ProxyScheme.Socks4a when user is not null && user.Contains('\0', StringComparison.Ordinal) =>
            "a socks4a user name cannot hold a NUL",
        ProxyScheme.Socks4a when user is not null && Encoding.UTF8.GetByteCount(user) > SocksLimits.MaxArgumentLength =>
            $"a socks4a user name has at most {SocksLimits.MaxArgumentLength} bytes",
        ProxyScheme.Socks5 when user is not null && password is null =>
            "a socks5 proxy takes a user name and a password, or neither",
        ProxyScheme.Socks5 when user is not null && !(FitsSocks5(user) && FitsSocks5(password!)) =>
            $"a socks5 user name and password have 1 to {SocksLimits.MaxCredentialLength} bytes each",
        _ => null,
    };

    private static bool FitsSocks5(string credential) =>
        Encoding.UTF8.GetByteCount(credential) is >= 1 and <= SocksLimits.MaxCredentialLength;
}
