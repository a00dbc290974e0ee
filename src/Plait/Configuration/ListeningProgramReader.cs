using Plait.Native;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Sip003;

namespace Plait.Configuration;

/// <summary>
/// Reads the plugin lines of programs that listen where they are told to: <c>socks4|socks5 [credentials] exec PROGRAM ARG...</c>,
/// <c>tunnel [proxy-protocol] exec PROGRAM ARG...</c> and <c>sip003 [proxy-protocol] [options=TEXT] exec PROGRAM ARG...</c>.
/// </summary>
internal sealed class ListeningProgramReader(PtRole role, FileNotes notes)
{
    private const string Exec = "exec";
    private const string Credentials = "credentials";
    private const string ProxyProtocol = "proxy-protocol";
    private const string OptionsPrefix = "options=";

    /// <summary>Whether a line has <c>socks4</c> or <c>socks5</c> for its form.</summary>
    internal static bool IsSocks(ConfigurationLine line) => Is(line.Words[1], "socks4") || Is(line.Words[1], "socks5");

    /// <summary>Whether a line with <c>socks4</c> or <c>socks5</c> starts a program, and names no address.</summary>
    internal static bool StartsAProgram(ConfigurationLine line) =>
        line.Words.Count > 2 && (Is(line.Words[2], Exec) || Is(line.Words[2], Credentials));

    /// <summary>Reads a line; null if something is wrong with it, which is reported then.</summary>
    internal TransportSource? Read(ConfigurationLine line, List<string> names)
    {
        string form = line.Words[1].ToLowerInvariant();
        bool isSocks = IsSocks(line);
        if (line.Words[0].Contains(','))
        {
            notes.Report(
                line, $"{line.Keyword} has several names for one program that listens at one port",
                $"Give each name its own line. {Form(line, form)}");
            return null;
        }

        int exec = IndexOfExec(line);
        if (exec < 0 || exec + 1 >= line.Words.Count || line.Words[exec + 1].Length == 0)
        {
            notes.Report(line, $"{line.Keyword} with {form} names no program", Form(line, form));
            return null;
        }

        if (!SystemText.IsUtf8(line.Words[exec + 1]))
        {
            notes.Report(
                line, $"{line.Keyword} names a program whose path is not UTF-8, and Plait cannot open such a path",
                "Rename the program, or make a link to it that is named in UTF-8.");
            return null;
        }

        if (!CommandTemplate.TryParse(line.Words.Skip(exec + 2), out CommandTemplate? template, out TemplateError? error))
        {
            notes.Report(line, $"{line.Keyword} with {form} {error.What}", error.Instead);
            return null;
        }

        var program = new PluginLine(names, line.Words[exec + 1], [.. line.Words.Skip(exec + 2)], line.At);
        string[] options = [.. line.Words.Skip(2).Take(exec - 2)];
        return isSocks ? ReadSocks(line, form, program, template, options) : ReadTunnel(line, form, program, template, options);
    }

    private TransportSource.SocksProgram? ReadSocks(
        ConfigurationLine line, string form, PluginLine program, CommandTemplate template, string[] options)
    {
        bool credentials = false;
        foreach (string option in options)
        {
            if (!Is(option, Credentials))
            {
                return Unknown<TransportSource.SocksProgram>(line, form, option);
            }

            credentials = true;
        }

        if (!NamesListener(line, form, template))
        {
            return null;
        }

        if (template.MentionsTarget)
        {
            notes.Report(line, $"{line.Keyword} with {form} names a target, and a SOCKS program gets each connection's by SOCKS",
                $"Remove {{target}}, or write tunnel in place of {form} if the program has one target.");
            return null;
        }

        if (credentials && template.ArgumentKeys.Count > 0)
        {
            notes.Report(line, $"{line.Keyword} with {form} gives the arguments twice, as credentials and in its command line",
                "Remove the word credentials, or the words {arg:KEY}.");
            return null;
        }

        return new(program, template, form == "socks4" ? SocksVersion.Socks4 : SocksVersion.Socks5, credentials);
    }

    private TransportSource.Tunnel? ReadTunnel(
        ConfigurationLine line, string form, PluginLine program, CommandTemplate template, string[] options)
    {
        bool isSip003 = form == "sip003", header = false;
        PtArguments fixedOptions = PtArguments.Empty;
        foreach (string option in options)
        {
            if (Is(option, ProxyProtocol) && role == PtRole.Server)
            {
                header = true;
            }
            else if (isSip003 && option.StartsWith(OptionsPrefix, StringComparison.OrdinalIgnoreCase))
            {
                if (!Sip003Options.TryParse(option[OptionsPrefix.Length..], out fixedOptions, out string? wrong))
                {
                    notes.Report(
                        line, $"{line.Keyword} with {form}: options: {wrong}",
                        "Write options=KEY=VALUE;KEY=VALUE, with a backslash before ; and = inside a value.");
                    return null;
                }
            }
            else
            {
                return Unknown<TransportSource.Tunnel>(line, form, option);
            }
        }

        if (!isSip003 && !NamesListener(line, form, template))
        {
            return null;
        }

        if (!isSip003 && !template.NamesTarget)
        {
            notes.Report(line, $"{line.Keyword} with {form} does not say where its program is to connect to", Form(line, form));
            return null;
        }

        return new(program, template, isSip003, fixedOptions, header);
    }

    private bool NamesListener(ConfigurationLine line, string form, CommandTemplate template)
    {
        if (!template.NamesListener)
        {
            notes.Report(
                line, $"{line.Keyword} with {form} does not say where its program is to listen, and Plait chooses the port", Form(line, form));
        }

        return template.NamesListener;
    }

    private TSource? Unknown<TSource>(ConfigurationLine line, string form, string option)
        where TSource : class
    {
        notes.Report(
            line,
            Is(option, ProxyProtocol)
                ? $"{line.Keyword} with {form} does not take {ProxyProtocol}, a word for the tunnels of bridges"
                : $"{line.Keyword} with {form} has a word {QuotedName.Name(option)} before exec that is not known",
            Form(line, form));
        return null;
    }

    private static int IndexOfExec(ConfigurationLine line)
    {
        for (int i = 2; i < line.Words.Count; i++)
        {
            if (Is(line.Words[i], Exec))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool Is(string word, string expected) => string.Equals(word, expected, StringComparison.OrdinalIgnoreCase);

    private string Form(ConfigurationLine line, string form)
    {
        string header = role == PtRole.Server ? $" [{ProxyProtocol}]" : "";
        return form switch
        {
            "tunnel" => $"Write {line.Keyword} NAME tunnel{header} exec PROGRAM ARG... with {{listen}} and {{target}} among the arguments.",
            "sip003" => $"Write {line.Keyword} NAME sip003{header} [options=KEY=VALUE;KEY=VALUE] exec PROGRAM ARG...",
            _ => $"Write {line.Keyword} NAME {form} [{Credentials}] exec PROGRAM ARG... "
                + "with {listen}, or {listen-host} and {listen-port}, among the arguments.",
        };
    }
}
