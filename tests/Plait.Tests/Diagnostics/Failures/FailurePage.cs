using System.Text;
using Microsoft.Extensions.Logging;
using Plait.Diagnostics.Failures;
using Plait.Wire.Socks;

namespace Plait.Tests.Diagnostics.Failures;

/// <summary>docs/failures.md, written from the table.</summary>
internal static class FailurePage
{
    internal static string Write()
    {
        var page = new StringBuilder("""
            # Failures

            Made from the code (`FailureWords.cs` and `Advice.cs` in `src/Plait/Diagnostics/Failures`) by `eng/renew-failures`; a test compares the two.

            A failure names chain, hop, stage and cause, in the same words wherever it is told (G4). In tor's log:

                obfs3_obfs4: hop 1 (obfs4), outside connection: refused: connecting failed (refused); check that the bridge is running, …
                chain        hop            stage               cause    what happened                what to do

            Hop 0 is nearest to tor. Hop and stage are left out where no single one is at fault. After the cause stands what
            happened this time, and what to do. The same text without the chain stands in `CMETHOD-ERROR` and `SMETHOD-ERROR`.

            `STATUS` lines, JSON and metrics have names in place of words. The set is closed, and no name ever changes its meaning.

            ## Stages

            | Stage | Name | What was being done |
            | --- | --- | --- |

            """);
        foreach (ChainStage stage in Enum.GetValues<ChainStage>())
        {
            page.Append($"| {FailureWords.Of(stage)} | `{FailureWords.NameOf(stage)}` | {FailureWords.MeaningOf(stage)} |\n");
        }

        page.Append("""

            ## Causes

            The SOCKS reply is what tor is answered while the connection is being opened. tor tries again whatever it is; arti comes
            back after 01, 03, 04, 05 and 06 only, so 02 is for what cannot pass by itself. What a program did at its start (launch,
            negotiation) is always 01, for it is started again. The exit code is that of a command
            which such a failure ends.

            | Cause | Name | SOCKS reply | Exit code |
            | --- | --- | --- | --- |

            """);
        foreach (FailureCause cause in Enum.GetValues<FailureCause>())
        {
            SocksReplyCode reply = FailureWords.ReplyOf(cause);
            page.Append($"| {FailureWords.Of(cause)} | `{FailureWords.NameOf(cause)}` | {(int)reply:x2} {Spaced(reply)} | {FailureWords.ExitCodeOf(cause)} |\n");
        }

        page.Append("""

            ## What they mean, and what to do

            The level is that of the `LOG` line; tor shows `notice` and above unless it is told otherwise. Nothing below `info` is
            printed under tor.

            | Stage | Cause | Level | What it means | What to do |
            | --- | --- | --- | --- | --- |

            """);
        foreach (FailureCause cause in Enum.GetValues<FailureCause>())
        {
            AddRow(page, "any", cause, FailureWords.GeneralOf(cause));
            foreach ((ChainStage stage, _, FailureSentence sentence) in FailureWords.Particular
                .Where(row => row.Cause == cause).OrderBy(row => row.Stage))
            {
                AddRow(page, FailureWords.Of(stage), cause, sentence);
            }
        }

        page.Append("""

            ## What else decides

            More is known of a connection than stage and cause: who reads of it, whether the hop's program ever dialled, whether the other
            side ever answered, for how long it was waited for, which key of the arguments looks wrong. The first row that fits replaces what the
            table above says. `TIME`, `TRANSPORT`, `SECRET` (the key by which a bridge knows its clients: `cert` of obfs4), `KEY` (the same as the bridge
            line has it) and `ODD` (what looks wrong in the arguments, such as "cert of obfs4 has 70 characters, this one 69: copy the line again") stand
            for what they are.

            | When | Cause | What it means | What to do |
            | --- | --- | --- | --- |

            """);
        foreach (AdviceRule rule in Advice.Rules)
        {
            page.Append($"| {rule.When} | {(rule.Cause is { } cause ? FailureWords.Of(cause) : "")} | {rule.Sentence} | {rule.Hint} |\n");
        }

        return page.ToString();
    }

    private static void AddRow(StringBuilder page, string stage, FailureCause cause, FailureSentence words) =>
        page.Append($"| {stage} | {FailureWords.Of(cause)} | {Severity(words.Level)} | {words.Sentence} | {words.Hint} |\n");

    private static string Severity(LogLevel level) => level switch
    {
        LogLevel.Warning => "warning",
        LogLevel.Information => "info",
        _ => "debug",
    };

    private static string Spaced(SocksReplyCode reply) => reply switch
    {
        SocksReplyCode.GeneralFailure => "general failure",
        SocksReplyCode.NotAllowed => "not allowed",
        SocksReplyCode.HostUnreachable => "host unreachable",
        SocksReplyCode.ConnectionRefused => "connection refused",
        SocksReplyCode.TtlExpired => "TTL expired",
        _ => throw new InvalidOperationException($"{reply} has no words on the page yet."),
    };
}
