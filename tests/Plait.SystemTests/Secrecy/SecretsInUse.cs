using System.Collections.Concurrent;
using System.Globalization;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Secrecy;

/// <summary>
/// Every argument, credential, cookie and host name that these tests have put into play, in the forms in which a program
/// may print them. What Plait says is searched for them (<see cref="Transcript"/>).
/// </summary>
internal static class SecretsInUse
{
    // Shorter ones ("0", "x") are found in any text. Whether Plait takes them out is for the tests that say so.
    private const int Shortest = 6;

    private const int CookieHeader = 32; // X7: then 32 bytes of cookie

    private static readonly ConcurrentDictionary<string, string> s_kinds = new();

    /// <summary>The secrets, and what each is.</summary>
    public static IReadOnlyCollection<KeyValuePair<string, string>> All => [.. s_kinds];

    /// <summary>Puts one into play.</summary>
    /// <param name="kind">What it is, for the message of a failure.</param>
    /// <param name="value">The secret.</param>
    public static void Add(string kind, string value)
    {
        foreach (string form in new[] { value, Uri.EscapeDataString(value) })
        {
            if (form.Length >= Shortest)
            {
                s_kinds.TryAdd(form, kind);
            }
        }
    }

    /// <summary>
    /// The values of <c>key=value</c>, each an argument. The one that names a profile of the plaitrc is a name, and a word
    /// without a value is no argument that there is.
    /// </summary>
    public static void AddArguments(IEnumerable<string> arguments)
    {
        foreach (string argument in arguments.Where(argument =>
            argument.Contains('=', StringComparison.Ordinal) && !argument.StartsWith("x-chain-profile=", StringComparison.Ordinal)))
        {
            Add("an argument", argument[(argument.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        }
    }

    /// <summary>What a parent puts into the environment of a transport: pt-spec 3.2.</summary>
    public static void AddEnvironment(IEnumerable<KeyValuePair<string, string?>> environment)
    {
        foreach ((string name, string? value) in environment)
        {
            switch (name)
            {
                case "TOR_PT_PROXY" when value?.LastIndexOf('@') is > 0 and var at:
                    Array.ForEach(value[..at][(value.IndexOf("//", StringComparison.Ordinal) + 2)..].Split(':', 2), AddCredential);
                    break;
                case "TOR_PT_SERVER_TRANSPORT_OPTIONS" when value is not null:
                    AddArguments(value.Split(';'));
                    break;
                case "TOR_PT_AUTH_COOKIE_FILE" when File.Exists(value):
                    AddCookie(File.ReadAllBytes(value));
                    break;
            }
        }
    }

    /// <summary>What Plait has given to its children: the passwords and cookies of its joints.</summary>
    /// <param name="pid">Plait, or a process above it.</param>
    public static void AddGivenToChildrenOf(int pid)
    {
        foreach (int child in ProcessTree.Descendants(pid))
        {
            AddEnvironment(ProcessTree.EnvironmentOf(child));
        }
    }

    private static void AddCredential(string text) => Add("a credential", Uri.UnescapeDataString(text));

    private static void AddCookie(byte[] file)
    {
        if (file.Length <= CookieHeader)
        {
            return;
        }

        byte[] cookie = file[CookieHeader..];
        Add("a cookie", Convert.ToHexString(cookie).ToLower(CultureInfo.InvariantCulture));
        Add("a cookie", Convert.ToHexString(cookie));
        Add("a cookie", Convert.ToBase64String(cookie));
    }
}
