# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of conversions share: run a tool on an image, from a file and from a pipe, and compare what comes out
# with what the recipe says must come out. B names the folder of the tools.
package Mk::Test;
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use Exporter 'import';
use File::Spec;
use File::Temp;
use IO::Handle;
use Mk;
use Mk::Pages;
use POSIX ();
use Test::More;
our @EXPORT = qw(need image run_tool can_fork convert elf_of differences converts sanitized);

my $tools = $ENV{B} // 'build';
my $folder = File::Temp->newdir('lkcd-XXXXXXXX',
	DIR => $ENV{TMPDIR} // (-w '/dev/shm' ? '/dev/shm' : File::Spec->tmpdir));
$ENV{TMPDIR} = "$folder"; # of the tools' own temporary files

my $most = 512 << 20; # bytes that a tool may write into a pipe, for memory to hold them
my $patience = 300;   # seconds until a tool hangs

sub sanitized { return $ENV{LKCD_SANITIZED} }

# Skip everything when a tool is not built.
sub need {
	my ($tool) = @_;
	plan(skip_all => "$tools/$tool is not built") unless -x "$tools/$tool";
	return;
}

sub spew {
	my ($path, $bytes) = @_;
	open my $file, '>:raw', $path or die "$path: $!";
	print {$file} $bytes or die "$path: $!";
	close $file or die "$path: $!";
	return $path;
}

sub slurp {
	my ($path) = @_;
	open my $file, '<:raw', $path or die "$path: $!";
	local $/;
	return <$file> // '';
}

# What Mk::build makes of a recipe.
sub image { return Mk::build(@_) }

# { status, signal, err (lines), bytes (of standard output) } of a tool. How: "feed" is its standard input; "catch" the
# file that takes its standard output, which is a pipe; "seconds" what it may take. A tool that takes more, or writes without
# end, is killed.
sub run_tool {
	my ($tool, $args, %how) = @_;
	my ($writer, $in, $out_read, $out_write);
	my $feed = $how{feed};
	pipe $in, my $feed_write or die $! if defined $feed;
	pipe $out_read, $out_write or die $! if $how{catch};
	if (defined $feed && !($writer = fork)) {
		close $in;
		$SIG{PIPE} = 'IGNORE';
		print {$feed_write} $feed;
		close $feed_write;
		POSIX::_exit(0);
	}
	my $pid = fork // die $!;
	if (!$pid) {
		close $feed_write if defined $feed;
		open STDIN, '<&', $in or die $! if defined $feed;
		open STDIN, '<', '/dev/null' or die $! unless defined $feed;
		open STDOUT, '>&', $out_write or die $! if $how{catch};
		open STDOUT, '>', '/dev/null' or die $! unless $how{catch};
		open STDERR, '>', "$folder/err" or die $!;
		alarm($how{seconds} // $patience);
		exec { "$tools/$tool" } "$tools/$tool", @$args or POSIX::_exit(127);
	}
	close $feed_write, close $in if defined $feed;
	close $out_write if $how{catch};
	my %ran = (bytes => 0);
	if ($how{catch}) {
		open my $file, '>:raw', $how{catch} or die "$how{catch}: $!";
		while (sysread $out_read, my $part, 1 << 16) {
			print {$file} $part;
			$ran{bytes} += length $part;
			kill 'KILL', $pid if $ran{bytes} > $most;
		}
		close $file or die "$how{catch}: $!";
	}
	waitpid $pid, 0;
	@ran{qw(status signal)} = ($? >> 8, $? & 127);
	waitpid $writer, 0 if $writer;
	@{ $ran{err} } = split /\n/, slurp("$folder/err");
	return \%ran;
}

# The same for lkcd-convert, from tests/convert/forks, which starts it in a fraction of the time; "feed" and "catch" are files.
my ($forks, $answers, $forks_pid);

sub run_forked {
	my ($args, %how) = @_;
	if (!$forks) {
		pipe my $requests, $forks or die $!;
		pipe $answers, my $answering or die $!;
		$forks_pid = fork // die $!;
		if (!$forks_pid) {
			open STDIN, '<&', $requests or die $!;
			open STDOUT, '>&', $answering or die $!;
			exec "$tools/tests/convert/forks" or POSIX::_exit(127);
		}
		$forks->autoflush;
	}
	unlink "$folder/err";
	print {$forks} join("\t", $how{seconds} // $patience, $how{feed} // '-', $how{catch} // '-', "$folder/err",
		'lkcd-convert', @$args), "\n";
	my %ran;
	@ran{qw(status signal bytes)} = (<$answers> // die "forks is gone\n") =~ /(\d+)/g;
	@{ $ran{err} } = split /\n/, slurp("$folder/err");
	return \%ran;
}

END {
	my $status = $?;
	close $forks and waitpid $forks_pid, 0 if $forks;
	$? = $status;
}

# Can run_forked() be used?
sub can_fork { return -x "$tools/tests/convert/forks" }

# Convert an image; via is "file" (and an output file) or "pipe" (and standard output). Adds path, of the output,
# which is not there when the tool failed. With "forked" it is run by run_forked().
sub convert {
	my ($made, $format, $via, %how) = @_;
	my @args = @{ delete $how{args} // [] };
	my $forked = delete $how{forked};
	my $out = "$folder/out";
	unlink $out;
	my ($in, $ran) = "$folder/in";
	spew($in, $made->{image}) if $forked || $via eq 'file';
	if ($forked) {
		$ran = $via eq 'file' ? run_forked([ '-f', $format, @args, '-o', $out, $in ], %how)
			: run_forked([ '-f', $format, @args ], feed => $in, catch => $out, %how);
		unlink $out if $via eq 'pipe' && $ran->{status} > 1 && !$ran->{bytes};
	} elsif ($via eq 'file') {
		$ran = run_tool('lkcd-convert', [ '-f', $format, @args, '-o', $out, $in ], %how);
	} else {
		$ran = run_tool('lkcd-convert', [ '-f', $format, @args ], feed => $made->{image}, catch => $out, %how);
		unlink $out if $ran->{status} > 1 && !$ran->{bytes};
	}
	$ran->{path} = $out;
	return $ran;
}

sub elf_of {
	my ($path) = @_;
	open my $file, '<:raw', $path or die "$path: $!";
	return Mk::Pages::elf($file);
}

# What is wrong with a converted file: every frame that is expected is there, and nothing else but zeros. LKCD is read
# by way of ELF, and must still say that it is damaged if the first dump was (status 1). A pipe that is known to be cut
# gives an ELF file that is cut.
sub differences {
	my ($made, $format, $path, $via, $status) = @_;
	my ($expect, $size) = @$made{qw(expect page_size)};
	return 'no output' unless -e $path;
	if ($format eq 'lkcd') {
		my $again = convert({ image => slurp($path) }, 'elf', 'file');
		return ("status of the LKCD image is $again->{status}, not $status", @{ $again->{err} })
			if $again->{status} != $status;
		return differences($made, 'elf', $again->{path}, 'file', $status);
	}
	my $cut = $via eq 'pipe' && $status;
	my $zero = md5_hex("\0" x $size);
	open my $file, '<:raw', $path or return "$path: $!";
	my $found = eval {
		$format eq 'raw' ? Mk::Pages::of_raw($file, $size, 0) : Mk::Pages::of_elf($file, $size, $cut);
	};
	return "output cannot be read: $@" unless $found;
	my @wrong;
	for my $frame (sort { $a <=> $b } keys %$expect) {
		my $is = $found->{$frame};
		push @wrong, sprintf('frame %x is missing', $frame), next unless defined $is;
		next if $is eq $expect->{$frame};
		push @wrong, sprintf 'frame %x is %s', $frame, $is eq $zero ? 'zero' : 'wrong';
	}
	my @more = grep { !defined $expect->{$_} && $found->{$_} ne $zero } keys %$found;
	push @wrong, map { sprintf 'frame %x is too many', $_ } sort { $a <=> $b } @more;
	my ($highest) = sort { $b <=> $a } keys %$expect;
	push @wrong, 'the file has ' . (-s $file) .
		' bytes' if $format eq 'raw' && !$status && -s $file != (($highest // -1) + 1) * $size;
	splice @wrong, 5, @wrong - 5, '...' if @wrong > 6;
	return @wrong;
}

# What a run said of the dump's damage: the lines that are neither notes nor the count at the end.
sub findings {
	return grep { !/: note: / && !/: the dump is damaged or incomplete: / } @{ $_[0]{err} };
}

# One test: the image (a recipe, or what image() made of one) converts to ELF, raw memory and LKCD, from a file and from
# a pipe, with
# that status (0 when not given) and the findings that "say" has patterns for, in that order.
sub converts {
	my ($name, $made, %want) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$made = eval { image($made) } || return fail("$name: $@") unless ref $made;
	my @say = @{ $want{say} // [] };
	my @wrong;
	for my $format (@{ $want{formats} // [qw(elf raw lkcd)] }) {
		for my $via (@{ $want{via} // [qw(file pipe)] }) {
			my $ran = convert($made, $format, $via, args => $want{args} // []);
			my @found = findings($ran);
			my @here;
			push @here, "signal $ran->{signal}" if $ran->{signal};
			push @here, "status $ran->{status}, not " .
				($want{status} // 0) if $ran->{status} != ($want{status} // 0);
			push @here, "does not say $say[$_]" for grep { ($found[$_] // '') !~ /$say[$_]/ } 0 .. $#say;
			push @here, @found . ' findings, not ' . @say if @found != @say;
			push @here, "says '$_'" for grep { !/^lkcd-convert: \S/ } @{ $ran->{err} };
			if (($want{status} // 0) < 2) {
				push @here, differences($made, $format, $ran->{path}, $via, $ran->{status});
			} elsif ($via eq 'file' && -e $ran->{path}) {
				push @here, 'leaves an output file';
			}
			push @wrong, map { "$format from a $via: $_" } @here;
			push @wrong, map { "  stderr: $_" } @{ $ran->{err} } if @here;
		}
	}
	return ok(!@wrong, $name) || diag(join "\n", @wrong);
}

1;
